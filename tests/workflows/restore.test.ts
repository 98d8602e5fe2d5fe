import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { restoreText } from '../../src/restore/ui/restore-text.ts';
import { flipBit } from '../support/attack.ts';
import { writeStandIn } from '../support/bare-host.ts';
import { buildPackage } from '../support/packages.ts';
import { hostDrift } from '../../src/restore/workflows/host-drift.ts';
import { hostLock } from '../../src/restore/workflows/host-lock.ts';
import type { RestoreReport } from '../../src/restore/domain/restore-report.ts';
import { debianReleases, installInRoot, marksIn, runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { createDebianSite, siteVersions, type DebianSite } from '../support/debian-site.ts';
import { readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { everythingAllowed, restoreIn } from '../support/restore.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

/** Everything that restore must leave alone when it refuses: files, packages, store. */
async function wholeState(root: string): Promise<string[]> {
  return (await treeOf(root)).filter((line) => !/ (tmp|var\/(log|cache)|run)\b|\.lock /.test(line));
}

/** A medium whose runtimes carry pommgr's own package in these versions. */
async function mediumWithPackages(site: DebianSite, versions: readonly string[]): Promise<string> {
  const media = await scratchDirectory();
  const keyFiles = [join(site.directory, 'signing-key.pem')];
  for (const version of versions) {
    const { path } = await buildPackage({ name: 'pommgr', version });
    await writeStandIn(media, version, { keyFiles, package: await readFile(path) });
  }
  return media;
}

const names = ({ plan }: RestoreReport) => ({
  install: plan.install.map(({ name }) => name),
  upgrade: plan.upgrade.map(({ name }) => name),
  downgrade: plan.downgrade.map(({ name }) => name),
  remove: plan.remove.map(({ name }) => name),
});

describe.each(debianReleases)('restore on %s', { timeout: 180_000 }, (release) => {
  let site: DebianSite;
  let root: string;

  beforeAll(async () => {
    site = await createDebianSite(release);
    root = await site.host();
  });

  test('brings an older host to a newer baseline, and back only when that is allowed', async () => {
    const start = ['netbase_12', 'media-types_12', 'libapp1_1.0', 'app_1.0', 'conf_1.0'].map(site.package);
    await installInRoot(root, ...start);
    await runInRoot(root, 'apt-mark', 'auto', 'media-types', 'libapp1');
    await runInRoot(root, 'apt-mark', 'hold', 'netbase');
    await writeFile(join(root, 'etc/conf'), 'mine\n');
    const older = await siteVersions(root);
    const before = await marksIn(root);
    const sources = await treeOf(join(root, 'etc/apt'));

    const unchanged = await restoreIn(root);
    expect(unchanged).toMatchObject({ outcome: 'unchanged', baseline: { name: 'test-1' }, foreign: [] });

    const up = await restoreIn(root, { baseline: 'test-2' });
    expect(up).toMatchObject({
      ...{ outcome: 'restored', applied: 'test-1', heldChanged: ['netbase'], decisions: [], differences: [] },
    });
    expect(names(up)).toEqual({
      ...{ install: ['libapp2'], downgrade: [], remove: [] },
      upgrade: ['app', 'conf', 'media-types', 'netbase'],
    });
    expect(await siteVersions(root)).toEqual([
      ...['app 2.0', 'conf 2.0', 'libapp1 1.0', 'libapp2 2.0', 'media-types 13.0.0', 'netbase 6.5'],
    ]);
    expect(await marksIn(root)).toEqual({ ...before, automatic: ['libapp1', 'libapp2', 'media-types'] });
    expect(await readFile(join(root, 'etc/conf'), 'utf8')).toBe('mine\n');
    expect(await hostDrift({ root, against: 'test-2' })).toMatchObject({ same: true });
    expect((await hostDrift({ root })).drift).toMatchObject({
      ahead: [{ name: 'app' }, { name: 'conf' }, { name: 'media-types' }, { name: 'netbase', wanted: '6.4' }],
      foreign: [{ name: 'libapp2' }],
    });

    const state = await wholeState(root);
    const refused = {
      code: 'refused.downgrade',
      details: { needed: ['allow-downgrades', 'allow-removals'] },
    };
    await expect(restoreIn(root)).rejects.toMatchObject(refused);
    await expect(restoreIn(root, { allowRemovals: true })).rejects.toMatchObject({
      code: 'refused.downgrade',
    });
    await expect(restoreIn(root, { allowDowngrades: true })).rejects.toMatchObject({
      code: 'refused.removal',
    });
    const dry = await restoreIn(root, { dryRun: true });
    expect(dry).toMatchObject({
      outcome: 'would-restore',
      decisions: ['allow-downgrades', 'allow-removals'],
    });
    expect(await wholeState(root)).toEqual(state);

    const down = await restoreIn(root, everythingAllowed);
    expect(names(down)).toEqual({ ...names(dry), remove: ['libapp2'] });
    expect(await siteVersions(root)).toEqual(older);
    expect(await marksIn(root)).toEqual(before);
    expect(await readFile(join(root, 'etc/conf'), 'utf8')).toBe('mine\n');
    expect((await readAudit(root)).slice(-2)).toMatchObject([
      { action: 'restore', baseline: 'test-2', decisions: [] },
      { action: 'restore', baseline: 'test-1', decisions: ['allow-downgrades', 'allow-removals'] },
    ]);
    expect(await treeOf(join(root, 'etc/apt'))).toEqual(sources);
  });

  test('rebuilds a reinstalled host from its lock, but for what no baseline has', async () => {
    const old = root;
    const installed = ['app_2.0', 'libapp2_2.0', 'extra_1.0', 'netbase_13', 'vendor_5.0'].map(site.package);
    await installInRoot(old, ...installed, await buildPackage({ name: 'pommgr', version: '0.1' }));
    await runInRoot(old, 'apt-mark', 'auto', 'libapp2', 'tar');
    await runInRoot(old, 'apt-mark', 'hold', 'extra');
    await runInRoot(old, 'dpkg', '--remove', 'conf');
    await apply({ media: site.newer, root: old, context: testContext() });
    await restoreIn(old);
    const file = join(await scratchDirectory(), 'lock.json');
    await hostLock({ root: old, output: file, context: testContext(), askPassphrase: async () => 'x' });

    root = await site.host();
    await installInRoot(root, ...['app_1.0', 'libapp1_1.0', 'conf_1.0', 'netbase_12'].map(site.package));
    const media = await mediumWithPackages(site, ['0.1', '0.2']);
    const rebuilding = { lock: file, allowRemovals: true, media };
    await expect(restoreIn(root, { lock: file, media })).rejects.toMatchObject({ code: 'refused.removal' });
    const own = join(media, 'runtime/0.1/debian-amd64/pommgr.deb');
    const whole = await readFile(own);
    await flipBit(own, -1);
    const before = await wholeState(root);
    await expect(restoreIn(root, rebuilding)).rejects.toMatchObject({ code: 'integrity.digest' });
    await writeFile(own, whole);
    const without = await restoreIn(root, { ...rebuilding, media: undefined, dryRun: true });
    expect(without).toMatchObject({ tool: null, unavailable: [{ name: 'vendor' }, { name: 'pommgr' }] });
    expect(restoreText(without)).toContain('--media DIR');
    const dry = await restoreIn(root, { ...rebuilding, dryRun: true });
    expect(dry).toMatchObject({ outcome: 'would-restore', tool: { version: '0.1', media } });
    expect(names(dry).install).toContain('pommgr');
    expect(await wholeState(root)).toEqual(before);
    const first = await restoreIn(root, rebuilding);
    expect(names(first)).toEqual(names(dry));

    expect(first).toMatchObject({
      ...{ outcome: 'restored', baseline: { name: 'test-2' }, differences: [] },
      unavailable: [{ name: 'vendor', version: '5.0', installed: null }],
    });
    expect(names(first)).toMatchObject({ downgrade: [], remove: ['conf'] });
    expect((await hostDrift({ root, against: file })).drift).toMatchObject({ missing: [{ name: 'vendor' }] });
    await installInRoot(root, site.package('vendor_5.0'));
    const second = await restoreIn(root, { lock: file });
    expect(second).toMatchObject({ outcome: 'unchanged', unavailable: [] });
    expect(await versionsInRoot(root)).toEqual(await versionsInRoot(old));
    expect(await marksIn(root)).toEqual(await marksIn(old));
    expect(await hostDrift({ root, against: file })).toMatchObject({ same: true });
    expect(await versionsInRoot(root)).toContain('pommgr 0.1');
  });

  test('gives pommgr itself to a host that has none, and leaves one that is there', async () => {
    await runInRoot(root, 'dpkg', '--remove', 'pommgr');
    const media = await mediumWithPackages(site, ['0.1', '0.2']);
    const given = await restoreIn(root, { ...everythingAllowed, media });
    expect(given).toMatchObject({ outcome: 'restored', tool: { version: '0.2' }, differences: [] });
    const later = await mediumWithPackages(site, ['0.3']);
    expect(await restoreIn(root, { media: later })).toMatchObject({ outcome: 'unchanged', tool: null });
    expect(await versionsInRoot(root)).toContain('pommgr 0.2');
  });
});
