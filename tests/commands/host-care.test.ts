import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import Detach from '../../src/commands/detach.ts';
import Doctor from '../../src/commands/doctor.ts';
import Pin from '../../src/commands/pin.ts';
import Rollback from '../../src/commands/rollback.ts';
import Status from '../../src/commands/status.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createHost, createSite, pretendInstalled, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { runCommand, type CommandOutcome } from '../support/run-command.ts';

const context = testContext();
let site: Site;
let root: string;

beforeAll(async () => {
  site = await createSite();
  const first = await site.bring();
  const newer = await buildPackage({ name: 'alpha', version: '3.0' });
  await site.publish({
    components: { main: [...site.packages, newer] },
    date: new Date('2025-06-02T00:00:00Z'),
  });
  const second = await site.bring();
  root = await createHost([site.key]);
  await pretendInstalled(root, newer);
  for (const media of [first, second]) await apply({ media, root, context });
});

type CommandClass = Parameters<typeof runCommand>[0];

async function onRoot(command: CommandClass, ...argv: string[]): Promise<CommandOutcome> {
  return runCommand(command, [...argv, '--root', root]);
}

test('pin, status, rollback, and pins for the earlier baseline', async () => {
  expect((await onRoot(Pin, '--scope', 'all', '--dry-run')).stdout).toMatch(
    /^Would pin 3 packages \(all\) to/,
  );
  const pinned = await onRoot(Pin, '--scope', 'all');
  expect(pinned).toMatchObject({ exitCode: 0 });
  expect(pinned.stdout).toMatch(/^Pinned 3 packages \(all\) to the versions of test-2\.\n/);
  expect((await onRoot(Status)).stdout).toMatch(/Rollback to: +test-1\nPins: +all, to test-2/);

  expect((await onRoot(Rollback, '--dry-run')).stdout).toMatch(
    /^Would roll back from test-2 to test-1\. Nothing/,
  );
  const back = await onRoot(Rollback);
  expect(back.stdout).toMatch(/^Rolled back from test-2 to test-1\. No package was changed\.\n/);
  expect(back.stdout).toContain('Installed newer than in the baseline; a rollback downgrades nothing');
  expect(back.stdout).toContain('pommgr restore --allow-downgrades');
  expect(back.stdout).toMatch(/alpha +3\.0 +2\.0/);
  const forward = /without a medium: pommgr apply (.+)$/m.exec(back.stdout)?.[1]?.split(' ') ?? [];
  expect(forward).toEqual(['--from', join(root, 'var/lib/pommgr'), '--bundle', 'test-2', '--root', root]);
  expect(await runCommand(Apply, forward)).toMatchObject({ exitCode: 0 });
  expect((await onRoot(Status)).stdout).toMatch(/Applied: +test-2/);
  expect((await onRoot(Rollback)).exitCode).toBe(0);
  expect((await onRoot(Status)).stdout).toMatch(/Pins: +all, to test-1/);

  const again = await onRoot(Rollback, '--json');
  expect(again.exitCode).toBe(8);
  expect(JSON.parse(again.stdout)).toMatchObject({
    schema: 'pommgr/rollback-result/v1',
    error: { code: 'state.no-earlier' },
  });
  expect((await onRoot(Pin, '--remove')).stdout).toMatch(/^The pins are gone\.\n/);
  expect((await onRoot(Pin, '--remove', '--scope', 'all')).exitCode).toBe(2);
});

test('doctor answers no while something is wrong', async () => {
  const healthy = await onRoot(Doctor, '--deep');
  expect(healthy).toMatchObject({ exitCode: 0 });
  expect(healthy.stdout).toMatch(/^Everything is right\.\n/);
  expect(healthy.stdout).toMatch(/Stored files: +right\n/);

  await writeBelow(root, 'etc/apt/apt.conf.d/zz-pommgr-switch', '//\n');
  const guarded = await onRoot(Doctor);
  expect(guarded).toMatchObject({ exitCode: 1 });
  expect(guarded.stdout).toMatch(/What apt sees: +1 problem\n/);
  expect(guarded.stdout).toContain(
    '  The guard of a switch is still there.\n    -> Run "pommgr doctor --repair".',
  );
  expect(await onRoot(Doctor, '--repair')).toMatchObject({ exitCode: 0 });
  expect(JSON.parse((await onRoot(Doctor, '--json')).stdout)).toMatchObject({
    schema: 'pommgr/doctor-result/v1',
    result: { applied: 'test-1', checks: expect.arrayContaining([{ name: 'apt', problems: [] }]) },
  });
});

test('doctor answers no to an audit log that was changed', async () => {
  const log = join(root, 'var/lib/pommgr/audit.jsonl');
  const text = await readFile(log, 'utf8');
  await writeFile(log, text.replace('"action":"pin"', '"action":"unpin"'));
  const changed = await onRoot(Doctor);
  expect(changed).toMatchObject({ exitCode: 1 });
  expect(changed.stdout).toMatch(/line 6: the line before it was changed/);
  await writeFile(log, text);
  expect((await onRoot(Doctor, '--store', join(root, 'none'))).exitCode).toBe(8);
});

test('detach puts the sources back, and --purge takes the rest', async () => {
  expect((await onRoot(Detach, '--dry-run')).stdout).toMatch(/^Would detach the host from test-1\. Nothing/);
  const detached = await onRoot(Detach);
  expect(detached).toMatchObject({ exitCode: 0 });
  expect(detached.stdout).toMatch(/^The host is detached from test-1\. The store .* stays\.\nPut back:\n/);
  expect(detached.stdout).toContain('  /etc/apt/sources.list\n');
  expect((await onRoot(Detach)).stdout).toMatch(/^No baseline is applied; there is nothing to detach\./);
  const purged = await onRoot(Detach, '--purge', '--json');
  expect(JSON.parse(purged.stdout)).toMatchObject({
    schema: 'pommgr/detach-result/v1',
    result: { outcome: 'detached', baseline: null, purged: true },
  });
});
