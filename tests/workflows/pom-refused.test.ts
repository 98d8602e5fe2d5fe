import { listDirectory } from '../../src/core/adapters/atomic-files.ts';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { readPackages } from '../../src/mirror/adapters/package-list-file.ts';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { testContext, type OnlineSite } from '../support/online.ts';
import {
  createPomEngineSite,
  editConfig,
  pom,
  pomConfigOf,
  takeSnapshot,
  usePom,
} from '../support/pom-engine-site.ts';
import { pomBinary } from '../support/pom-site.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function failure(work: Promise<unknown>): Promise<PommgrError> {
  return work.then(
    (result) => {
      throw new Error(`expected a failure, found ${JSON.stringify(result).slice(0, 300)}`);
    },
    (error: unknown) => error as PommgrError,
  );
}

async function snapshotsOf(site: OnlineSite): Promise<string[]> {
  return (await readdir(join(site.directory, 'mirror/test-stable'))).toSorted();
}

/** What POM calls fine although it left something out. */
const gamma = '/pool/main/g/gamma/gamma_3.0_amd64.deb';
const missing = { kind: 'status', status: 404 } as const;

it.each([
  ['include', 'include: { packages: [alpha] }'],
  ['versions', 'versions: latest'],
  ['types', 'types: [deb, deb-src]'],
  ['authFile', 'authFile: ./login'],
])('names what POM cannot express before anything is changed: %s', async (setting, line) => {
  const site = await createPomEngineSite([line]);

  const error = await failure(takeSnapshot(site.configFile));

  expect(error).toMatchObject({ code: 'config.engine', exitCode: 3 });
  expect(error.message).toContain(`mirror test-stable, ${setting}: `);
  expect(site.server.requests).toEqual([]);
  expect(await pathExists(pomConfigOf(site.configFile))).toBe(false);
  expect(await pathExists(join(site.directory, 'mirror'))).toBe(false);

  await editConfig(site.configFile, 'engine: pom', 'engine: auto');
  const context = testContext();
  await writeFile(join(site.directory, 'login'), '', { mode: 0o600 });
  await takeSnapshot(site.configFile, { context, dryRun: true }).catch(() => undefined);
  expect(context.notes.join()).toMatch(new RegExp(`Engine: builtin \\(POM cannot do this: .*${setting}`));
});

it('refuses to unset what POM cannot unset, and says how to go on', async () => {
  const site = await createPomEngineSite([
    'skip: { packages: [gamma], sections: [x] }',
    'useSubscription: pve',
  ]);
  const [key, serverId] = ['pve2p-0123456789', 'f'.repeat(32)];
  const info = Buffer.from(JSON.stringify({ status: 'active', key, serverid: serverId })).toString('base64');
  await pom(site.configFile, 'key', 'add', key, serverId, '--refresh', 'false', '--info', info);
  await takeSnapshot(site.configFile);
  await editConfig(site.configFile, / *skip: .*\n.*useSubscription.*\n/, '');

  const error = await failure(takeSnapshot(site.configFile));

  expect(error.details['problems']).toEqual(
    ['skip.packages', 'skip.sections', 'useSubscription'].map((setting) => ({
      mirror: 'test-stable',
      setting,
    })),
  );
  const [hint = ''] = error.hints;
  const command = /config mirror remove [^.]*/.exec(hint)?.[0] ?? '';
  await pom(site.configFile, ...command.split(' '));
  const context = testContext();
  expect(await takeSnapshot(site.configFile, { context })).toMatchObject({
    outcome: 'made',
    packages: { files: 4 },
  });
  expect(await snapshotsOf(site)).toHaveLength(2);
});

it('names a medium of the same name, and a subscription that POM has no key for', async () => {
  const site = await createPomEngineSite(['useSubscription: pbs']);
  const medium = ['--mountpoint', '/mnt', '--mirrors', 'other', '--sync', 'true', '--verify', 'true'];
  await pom(site.configFile, 'config', 'media', 'add', '--id', 'test-stable', ...medium);

  const error = await failure(takeSnapshot(site.configFile));

  expect(error.message).toMatch(/, id: POM has a medium.*\n.*, useSubscription: POM knows no .* pbs/s);
});

it.each([
  { what: 'a package', fault: gamma, part: { kind: 'package', name: gamma.slice(1) } },
  {
    what: 'an index',
    fault: '/dists/stable/main/i18n/Translation-en.gz',
    part: { kind: 'index', name: 'main/i18n/Translation-en' },
  },
])('finds $what that POM left out with exit 0', async ({ fault, part }) => {
  const repository = { translation: true, indexForms: ['gz'] as const };
  const site = await createPomEngineSite([], { settings: { prefetch: false }, repository });
  site.server.faults[fault] = { ...missing };
  await failure(takeSnapshot(site.configFile));
  await pom(site.configFile, 'config', 'mirror', 'update', '--id', 'test-stable', '--ignore-errors', 'true');

  const error = await failure(takeSnapshot(site.configFile));

  expect(error).toMatchObject({ code: 'integrity.incomplete', exitCode: 5 });
  expect(error.details['incomplete']).toEqual([{ mirror: 'test-stable', ...part }]);
  const left = JSON.parse(
    await pom(site.configFile, 'mirror', 'snapshot', 'list', 'test-stable', '--output-format', 'json'),
  ) as unknown;
  expect(left).toEqual({ 'test-stable': [] });

  await usePom(site.configFile, { settings: { prefetch: false }, lines: ['allowIncomplete: true'] });
  const context = testContext();
  const result = await takeSnapshot(site.configFile, { context });
  expect(result).toMatchObject({ baseline: { incomplete: [{ mirror: 'test-stable', ...part }] } });
  expect(context.warnings.join()).toContain(`it lacks ${part.kind} ${part.name}`);

  delete site.server.faults[fault];
  const mended = await takeSnapshot(site.configFile);
  expect(mended).toMatchObject({ outcome: 'made', packages: { files: 4 } });
  expect(mended).not.toHaveProperty('baseline.incomplete');
});

it('lists in an incomplete baseline only the packages that are there, with the pre-fetch too', async () => {
  const site = await createPomEngineSite([], { lines: ['allowIncomplete: true'] });
  site.server.faults[gamma] = { kind: 'wrong-bytes' };

  const result = await takeSnapshot(site.configFile);

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 3 }, fetched: { files: 3 } });
  const names: string[] = [];
  for await (const { name } of readPackages(join(site.directory, 'state/baselines/test-1/packages.jsonl'))) {
    names.push(name);
  }
  expect(names).toEqual(['alpha', 'alpha', 'beta']);
});

it.each([[], ['allowIncomplete: true']])('refuses a mirror that would be empty: %j', async (...lines) => {
  const site = await createPomEngineSite();
  await editConfig(site.configFile, '[main]', '[nothing]');
  await usePom(site.configFile, { lines });

  const error = await failure(takeSnapshot(site.configFile));

  expect(error.code).toBe('config.component');
});

it('lets nothing into the pool that is not signed, and does not run POM', async () => {
  const site = await createPomEngineSite();
  await site.publish({ signers: [await createSigningIdentity({ name: 'Stranger' })] });

  const error = await failure(takeSnapshot(site.configFile));

  expect(error.code).toBe('trust.signature');
  expect(await snapshotsOf(site)).toEqual([]);
  expect(await listDirectory(join(site.directory, 'mirror/.pool/sha256'))).toEqual([]);
});

it('finds a file that was damaged in the pool, which POM takes without looking', async () => {
  const site = await createPomEngineSite();
  await takeSnapshot(site.configFile);
  await pom(site.configFile, 'config', 'mirror', 'update', '--id', 'test-stable', '--verify', 'false');
  const { sha256, sizeBytes } = site.packages[0] as { sha256: string; sizeBytes: number };
  await writeFile(join(site.directory, 'mirror/.pool/sha256', sha256), 'x'.repeat(sizeBytes));
  await site.publish({ date: new Date('2025-06-01T12:00:00Z') });

  const error = await failure(takeSnapshot(site.configFile));

  expect(error).toMatchObject({ code: 'integrity.digest', details: { expected: sha256 } });
});

it('passes on what POM calls an error, with the request that it was at', async () => {
  const site = await createPomEngineSite([], { settings: { prefetch: false } });
  site.server.faults[gamma] = { kind: 'wrong-bytes' };

  const error = await failure(takeSnapshot(site.configFile));

  expect(error).toMatchObject({ code: 'tool.failed', exitCode: 7 });
  expect(error.message).toMatch(/hash mismatch: .*\n.*gamma_3\.0_amd64\.deb/s);
});

it('waits for the lock with a message, and then says that another run has it', async () => {
  const site = await createPomEngineSite();
  await mkdir(join(site.directory, 'mirror/.pool'), { recursive: true });
  const lock = await lockFile(join(site.directory, 'mirror/.pool/.lock'), 'the test');
  const context = testContext();
  try {
    const error = await failure(takeSnapshot(site.configFile, { context }));
    expect(error).toMatchObject({ code: 'state.locked', exitCode: 8 });
    expect(context.notes.join()).toContain('waiting up to 1 seconds');
  } finally {
    await lock.release();
  }
});

it('ends a POM that waits for a dead connection', async () => {
  const site = await createPomEngineSite([], { settings: { prefetch: false, stallMinutes: 0.05 } });
  site.server.faults[gamma] = { kind: 'stall', afterBytes: 10 };

  const error = await failure(takeSnapshot(site.configFile));

  expect(error).toMatchObject({ code: 'tool.stalled', exitCode: 7 });
  const [left = ''] = await snapshotsOf(site);
  expect(left).toMatch(/\.tmp$/);
  delete site.server.faults[gamma];
  const context = testContext();
  expect(await takeSnapshot(site.configFile, { context })).toMatchObject({ outcome: 'made' });
  expect(context.warnings.join()).toContain(left);
});

it('mends the directory of a mirror that POM collected', async () => {
  const site = await createPomEngineSite();
  await takeSnapshot(site.configFile);
  await rm(join(site.directory, 'mirror/test-stable'), { recursive: true });

  expect(await takeSnapshot(site.configFile, { force: true })).toMatchObject({ outcome: 'made' });
});

it.each([
  {
    what: 'that panics',
    script: 'case "$*" in *create*) echo "thread main panicked" >&2; exit 101;; esac',
    code: 'tool.crashed',
  },
  {
    what: 'that misses a library',
    script: 'echo "error while loading shared libraries" >&2; exit 127',
    code: 'tool.pom',
  },
  {
    what: 'that answers something else',
    script: 'case "$*" in *list*) echo "pve2p-secret"; exit 0;; esac',
    code: 'tool.output',
  },
  {
    what: 'that makes no snapshot',
    script: 'case "$*" in *create*) exit 0;; esac',
    code: 'tool.no-snapshot',
  },
  {
    what: 'that ignores a change',
    script: 'case "$*" in *"mirror add"*) exit 0;; esac',
    code: 'tool.reconcile',
  },
])('tells of a POM $what', async ({ script, code }) => {
  const binary = join(await scratchDirectory(), 'pom');
  await writeFile(binary, `#!/bin/sh\n${script}\nexec ${pomBinary} "$@"\n`);
  await chmod(binary, 0o755);
  const site = await createPomEngineSite([], { settings: { binary, prefetch: false } });

  const error = await failure(takeSnapshot(site.configFile));

  expect(error).toMatchObject({ code, exitCode: 7 });
  expect(JSON.stringify([error.message, error.details, error.hints])).not.toContain('secret');
});
