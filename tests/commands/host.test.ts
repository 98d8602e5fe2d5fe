import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import HostDrift from '../../src/commands/host/drift.ts';
import HostLock from '../../src/commands/host/lock.ts';
import Restore from '../../src/commands/restore.ts';
import Status from '../../src/commands/status.ts';
import { writeRestoreJournal } from '../../src/store/adapters/restore-files.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import { installInRoot } from '../support/debian-root.ts';
import { createDebianSite, type DebianSite } from '../support/debian-site.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

let site: DebianSite;
let root: string;
let file: string;

beforeAll(async () => {
  site = await createDebianSite('bookworm');
  root = await site.host();
  await installInRoot(root, site.package('netbase_12'));
  file = join(await scratchDirectory(), 'host.lock.json');
});

test('host lock prints the lock, or writes it and says what is in it', async () => {
  const printed = await runCommand(HostLock, ['--root', root]);
  expect(printed.exitCode).toBe(0);
  expect(JSON.parse(printed.stdout)).toMatchObject({ schema: 'pommgr/host-lock/v2', codename: 'bookworm' });

  const written = await runCommand(HostLock, ['--root', root, '-o', file]);
  expect(written.exitCode).toBe(0);
  expect(written.stdout).toMatch(/^Lock: +\S+host\.lock\.json$/m);
  expect(written.stdout).toMatch(/^Products: +debian \S+$/m);
  expect(written.stdout).toMatch(/^Baseline: +test-1$/m);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ baseline: { name: 'test-1' } });

  const json = await runCommand(HostLock, ['--root', root, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    schema: 'pommgr/host-lock-result/v1',
    result: { file: null, identity: null, lock: { schema: 'pommgr/host-lock/v2' } },
  });
});

test('host lock says no where a part of the identity cannot be saved, and saves the rest', async () => {
  const directory = await scratchDirectory();
  await mkdir(join(root, 'var/lib/pve-cluster'), { recursive: true });
  await writeFile(join(root, 'var/lib/pve-cluster/config.db'), 'no database');
  process.env['POMMGR_IDENTITY_PASSPHRASE'] = 'a long enough passphrase';
  try {
    const output = join(directory, 'pve1.lock.json');
    const partial = await runCommand(HostLock, ['--root', root, '-o', output, '--identity', directory]);
    expect(partial.stderr).toMatch(
      /The identity lacks \/var\/lib\/pve-cluster\/config\.db: .*could not be copied/,
    );
    expect(partial.stdout).toMatch(/^Rebuild sheet: +\S+pve1\.rebuild\.txt \(and 5 more\)$/m);
    expect(partial.exitCode).toBe(1);
    expect((await readdir(directory)).filter((name) => !name.includes('.rebuild.'))).toEqual([
      'bookworm-host.identity.age',
      'pve1.lock.json',
      'pve1.lock.json.pub.pem',
      'pve1.lock.json.sig',
    ]);
  } finally {
    delete process.env['POMMGR_IDENTITY_PASSPHRASE'];
    await rm(join(root, 'var/lib/pve-cluster'), { recursive: true });
  }
});

test('host drift says no, and restore makes it say yes', async () => {
  const none = await runCommand(HostDrift, ['--root', root]);
  expect(none).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^No drift: \d+ packages/) as string,
  });
  await installInRoot(root, site.package('netbase_13'), site.package('vendor_5.0'));

  const drift = await runCommand(HostDrift, ['--root', root]);
  expect(drift.exitCode).toBe(1);
  expect(drift.stdout).toMatch(/^ahead +netbase:all +6\.5 +6\.4$/m);
  expect(drift.stdout).toMatch(/^foreign +vendor:amd64 +5\.0 +-$/m);
  expect(drift.stdout).toContain('against the baseline test-1: 0 behind, 1 ahead, 0 missing, 1 foreign.');
  const againstLock = await runCommand(HostDrift, ['--root', root, '--against', file, '--json']);
  expect(JSON.parse(againstLock.stdout)).toMatchObject({
    schema: 'pommgr/host-drift-result/v1',
    result: { against: { kind: 'lock' }, same: false, drift: { behind: [], ahead: [{ name: 'netbase' }] } },
  });

  const refused = await runCommand(Restore, ['--root', root]);
  expect(refused).toMatchObject({ exitCode: 9, stdout: '' });
  expect(refused.stderr).toContain('downgrade netbase from 6.5 to 6.4');
  expect(refused.stderr).toContain('--allow-downgrades');
  const dry = await runCommand(Restore, ['--root', root, '--dry-run']);
  expect(dry.exitCode).toBe(0);
  expect(dry.stdout).toContain('It needs --allow-downgrades.');
  const done = await runCommand(Restore, ['--root', root, '--allow-downgrades']);
  expect(done.exitCode).toBe(0);
  expect(done.stdout).toMatch(/^Restored: the packages are exactly those of test-1\.$/m);
  expect(done.stdout).toMatch(/^downgrade +netbase:all +6\.5 +6\.4$/m);
  expect(done.stdout).toContain('vendor:amd64 5.0');
});

test('a package that was installed by hand is no drift and no failed restore, unless --strict says so', async () => {
  await runCommand(HostLock, ['--root', root, '-o', file]);
  const other = await site.host();
  await installInRoot(other, site.package('netbase_12'));

  const strict = await runCommand(Restore, ['--root', other, '--lock', file, '--strict']);
  expect(strict.exitCode).toBe(1);
  const restored = await runCommand(Restore, ['--root', other, '--lock', file, '--json']);

  expect(restored.exitCode).toBe(0);
  expect(JSON.parse(restored.stdout)).toMatchObject({
    schema: 'pommgr/restore-result/v1',
    result: { unavailable: [{ name: 'vendor', installed: null }] },
  });
  await installInRoot(other, site.package('vendor_5.0'));
  const drift = await runCommand(HostDrift, ['--root', other]);
  expect(drift).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^foreign +vendor/m) as string });
  expect((await runCommand(HostDrift, ['--root', other, '--strict'])).exitCode).toBe(1);
});

test('status says no in the middle of a restore', async () => {
  const journal = { schema: 'pommgr/restore-journal/v1', started: '2026-11-22T00:00:00Z' } as const;
  const baseline = { name: 'test-1', digest: 'a'.repeat(64) };
  const store = storeAt(join(root, 'var/lib/pommgr'));
  await writeRestoreJournal(store, { ...journal, baseline, target: 'debian', lockDigest: null, goal: [] });

  const status = await runCommand(Status, ['--root', root]);

  expect(status.exitCode).toBe(1);
  expect(status.stdout).toContain('Interrupted: the restore to test-1, begun at 2026-11-22T00:00:00Z.');
});
