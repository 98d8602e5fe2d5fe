import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import type { HostLock } from '../../src/apt/domain/host-lock.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostLock } from '../../src/restore/workflows/host-lock.ts';
import { debianRoot, installInRoot, marksIn, runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { createDebianSite, siteVersions, type DebianSite } from '../support/debian-site.ts';
import { createHost, readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { restoreIn } from '../support/restore.ts';
import { scratchDirectory } from '../support/scratch.ts';

let site: DebianSite;
let root: string;

beforeAll(async () => {
  site = await createDebianSite('trixie');
  root = await site.host();
});

async function writeLock(change: (lock: HostLock) => HostLock = (lock) => lock): Promise<string> {
  const file = join(await scratchDirectory(), 'lock.json');
  const { lock } = await hostLock({ root, context: testContext(), askPassphrase: async () => 'x' });
  await writeFile(file, JSON.stringify(change(lock)));
  return file;
}

test('foreign packages are listed and left, or removed where that is asked for', async () => {
  await installInRoot(root, site.package('vendor_5.0'), site.package('netbase_13'));
  const foreign = [{ name: 'vendor', architecture: 'amd64', version: '5.0' }];

  const left = await restoreIn(root, { allowDowngrades: true });
  expect(left).toMatchObject({ outcome: 'restored', foreign, decisions: ['allow-downgrades'] });
  expect(await siteVersions(root)).toEqual(['netbase 6.4', 'vendor 5.0']);

  const removed = await restoreIn(root, { removeForeign: true });
  expect(removed).toMatchObject({
    outcome: 'restored',
    foreign,
    decisions: ['remove-foreign'],
    differences: [],
  });
  expect(await siteVersions(root)).toEqual(['netbase 6.4']);
});

test('pommgr itself is never removed, not even as a foreign package', async () => {
  const pommgr = await buildPackage({ name: 'pommgr', version: '0.1.0' });
  await installInRoot(root, pommgr, site.package('vendor_5.0'));
  const file = await writeLock((lock) => ({
    ...lock,
    packages: lock.packages.filter(({ name }) => !['pommgr', 'vendor'].includes(name)),
  }));

  for (const lock of [undefined, file]) {
    const report = await restoreIn(root, { removeForeign: true, ...(lock === undefined ? {} : { lock }) });
    expect(report.plan.remove.map(({ name }) => name)).toEqual(lock === undefined ? ['vendor'] : []);
    expect(report.differences).toEqual([]);
  }
  expect(await versionsInRoot(root)).toContainEqual(expect.stringMatching(/^pommgr/));
});

test('marks alone are restored, too', async () => {
  await runInRoot(root, 'apt-mark', 'hold', 'bash', 'tar');
  const file = await writeLock();
  await runInRoot(root, 'apt-mark', 'unhold', 'bash');
  await runInRoot(root, 'apt-mark', 'hold', 'sed');
  await runInRoot(root, 'apt-mark', 'auto', 'sed');

  expect(await restoreIn(root, { lock: file })).toMatchObject({ outcome: 'restored', differences: [] });

  expect(await marksIn(root)).toEqual({ automatic: [], held: ['bash', 'tar'] });
});

test('the identity is put back first, and that is on record', async () => {
  await writeFile(join(root, 'etc/machine-id'), 'before\n');
  const identity = await scratchDirectory();
  const askPassphrase = async () => 'correct horse';
  await hostLock({ root, identity, askPassphrase, context: testContext() });
  await writeFile(join(root, 'etc/machine-id'), 'after\n');
  const records = (await readAudit(root)).length;

  const wrong = restoreIn(root, { identity, askPassphrase: async () => 'wrong' });
  await expect(wrong).rejects.toMatchObject({ code: 'integrity.identity' });
  const report = await restoreIn(root, { identity, askPassphrase });

  expect(report.outcome).toBe('restored');
  expect(report.identity.filter(({ outcome }) => outcome !== 'same')).toMatchObject([
    { path: '/etc/machine-id', outcome: 'replaced' },
  ]);
  expect(await readFile(join(root, 'etc/machine-id'), 'utf8')).toBe('before\n');
  expect((await readAudit(root)).slice(records)).toMatchObject([{ action: 'restore' }]);
  expect(await restoreIn(root, { identity, askPassphrase })).toMatchObject({ outcome: 'unchanged' });
});

describe('restore refuses, before anything is changed,', () => {
  test('a package file of the store that was changed or is missing', async () => {
    await installInRoot(root, site.package('netbase_12'));
    const { stdout } = await run('find', [
      join(root, 'var/lib/pommgr/baselines/test-2'),
      '-name',
      'netbase_*',
    ]);
    const file = stdout.trim();
    const bytes = await readFile(file);
    const state = await siteVersions(root);

    await rm(file);
    await writeFile(
      file,
      bytes.map((byte, index) => (index === 100 ? byte ^ 1 : byte)),
    );
    await expect(restoreIn(root, { baseline: 'test-2' })).rejects.toMatchObject({ code: 'integrity.digest' });
    await rm(file);
    await expect(restoreIn(root, { baseline: 'test-2' })).rejects.toMatchObject({
      code: 'integrity.missing',
    });

    expect(await siteVersions(root)).toEqual(state);
  });

  test('a lock of another release, and one whose packages the baseline has in other versions', async () => {
    await expect(
      restoreIn(root, { lock: await writeLock((lock) => ({ ...lock, codename: 'bookworm' })) }),
    ).rejects.toMatchObject({ code: 'trust.target' });
    const otherTar = await writeLock((lock) => ({
      ...lock,
      packages: lock.packages.map((item) => (item.name === 'tar' ? { ...item, version: '9.9' } : item)),
    }));
    await expect(restoreIn(root, { lock: otherTar })).rejects.toMatchObject({
      code: 'integrity.missing',
      message: expect.stringContaining('tar 9.9') as string,
    });
  });

  test('a lock that apt finds contradictory', async () => {
    const app = { name: 'app', version: '1.0', architecture: 'amd64', automatic: false, hold: false };
    const file = await writeLock((lock) => ({ ...lock, packages: [...lock.packages, app] }));

    await expect(restoreIn(root, { lock: file })).rejects.toMatchObject({ code: 'tool.plan' });
  });

  test('a root without apt, and a host without a baseline', async () => {
    const { key } = site;
    await expect(restoreIn(await createHost([key]))).rejects.toMatchObject({ code: 'usage.root' });
    const bare = await debianRoot('trixie', [key]);
    await expect(restoreIn(bare)).rejects.toMatchObject({ code: 'state.no-store' });
    await apply({ media: site.older, root: bare, storeOnly: true, context: testContext() });
    await expect(restoreIn(bare)).rejects.toMatchObject({ code: 'state.baseline' });
    await expect(restoreIn(root, { baseline: 'test-9' })).rejects.toMatchObject({
      code: 'state.baseline',
      hints: [expect.stringContaining('test-1, test-2') as string],
    });
  });
});
