import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import Init from '../../src/commands/init.ts';
import MirrorList from '../../src/commands/mirror/list.ts';
import Snapshot from '../../src/commands/snapshot.ts';
import {
  createPomEngineSite,
  editConfig,
  pom,
  pomConfigOf,
  takeSnapshot,
} from '../support/pom-engine-site.ts';
import { pomBinary } from '../support/pom-site.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

it('mirror list shows how each mirror stands in the config of POM', async () => {
  const site = await createPomEngineSite();
  const list = async (): Promise<string> =>
    (await runCommand(MirrorList, ['--config', site.configFile])).stdout;

  expect(await list()).toMatch(/^test-stable .* to add$/m);
  await takeSnapshot(site.configFile);
  expect(await list()).toMatch(/^test-stable .* same$/m);
  await pom(site.configFile, 'config', 'mirror', 'update', '--id', 'test-stable', '--key-path', '/old.gpg');
  const changed = await list();
  expect(changed).toMatch(/^test-stable .* to change$/m);
  expect(changed).toContain('key-path: /old.gpg -> ');
  await editConfig(site.configFile, 'id: test-stable', 'id: renamed');
  await editConfig(site.configFile, '[test-stable]', '[renamed]');
  expect(await list()).toMatch(/^renamed .* to add$.*^test-stable .* only in POM$/ms);
});

it('mirror list names what POM cannot do, and for auto the reason', async () => {
  const site = await createPomEngineSite(['versions: latest']);

  const asked = await runCommand(MirrorList, ['--config', site.configFile]);
  await editConfig(site.configFile, 'engine: pom', 'engine: auto');
  const auto = await runCommand(MirrorList, ['--config', site.configFile, '--json']);

  expect(asked.stdout).toContain('  mirror test-stable, versions: ');
  expect(JSON.parse(auto.stdout)).toMatchObject({
    result: { engine: 'builtin', why: expect.stringContaining('versions') as string, problems: [] },
  });
});

it('snapshot --dry-run shows the plan of changes', async () => {
  const site = await createPomEngineSite();
  const { stdout, exitCode } = await runCommand(Snapshot, ['--config', site.configFile, '--dry-run']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/mirror test-stable to add:\n {4}repository: deb http/);
});

it('init --from-pom writes a config that changes nothing in POM', async () => {
  const site = await createPomEngineSite(['skip: { sections: [games] }']);
  const made = await takeSnapshot(site.configFile);
  process.env['POMMGR_POM'] = pomBinary;
  try {
    const configFile = join(await scratchDirectory(), 'pommgr.yaml');
    const argv = ['--from-pom', pomConfigOf(site.configFile), '--track', 'test', '--config', configFile];

    expect(await runCommand(Init, argv)).toMatchObject({ exitCode: 0 });

    const list = await runCommand(MirrorList, ['--config', configFile, '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject({
      result: { engine: 'pom', mirrors: [{ id: 'test-stable', state: 'same' }], problems: [], onlyInPom: [] },
    });
    const next = await takeSnapshot(configFile);
    const mirrors = [made, next].map((one) =>
      one.outcome === 'made' ? one.baseline.content.mirrors : one.outcome,
    );
    expect(mirrors[1]).toEqual(mirrors[0]);
  } finally {
    delete process.env['POMMGR_POM'];
  }
});

it.each([
  { argv: ['--from-pom', '/nowhere/pom.cfg'], exitCode: 3, says: 'is not there' },
  { argv: ['--preset', 'debian-trixie', '--', '/etc/pom.cfg'], exitCode: 2, says: 'Unexpected argument' },
  { argv: ['--from-pom', '--include', 'bash'], exitCode: 2, says: '--from-pom' },
])('init $argv is refused', async ({ argv, exitCode, says }) => {
  const configFile = join(await scratchDirectory(), 'pommgr.yaml');
  const outcome = await runCommand(Init, [...argv, '--config', configFile]);
  expect(outcome).toMatchObject({ exitCode, stderr: expect.stringContaining(says) as string });
  await expect(readFile(configFile)).rejects.toMatchObject({ code: 'ENOENT' });
});
