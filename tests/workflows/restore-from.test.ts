/** A host is restored from the store of another, which it uses by HTTP. */
import { cp, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openStoreServer, type StoreServer } from '../../src/serve/adapters/store-server.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { debianReleases, debianRoot, installInRoot, runInRoot } from '../support/debian-root.ts';
import { createDebianSite, siteVersions } from '../support/debian-site.ts';
import { createHost, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { restoreIn } from '../support/restore.ts';

const context = testContext();
const servers: StoreServer[] = [];

afterAll(async () => {
  for (const server of servers) await server.close();
});

describe.each(debianReleases)('restore on %s', { timeout: 180_000 }, (release) => {
  test('of a baseline that is used from elsewhere', async () => {
    const site = await createDebianSite(release, { system: ['libfaketime'] });
    const owner = await createHost([site.key]);
    await writeBelow(owner, 'etc/os-release', `ID=debian\nVERSION_CODENAME=${release}\n`);
    for (const media of [site.older, site.newer]) {
      await apply({ media, root: owner, storeOnly: true, context });
    }
    const shared = join(owner, 'var/lib/pommgr');
    const listen = { host: '127.0.0.1', port: 0 };
    const server = await openStoreServer(storeAt(shared), { listen, onRequest: () => {} });
    servers.push(server);
    const root = await debianRoot(release, [site.key]);
    for (const baseline of ['test-1', 'test-2']) {
      await applyFrom({ from: server.url, baseline, root, context });
    }
    await installInRoot(root, ...['netbase_12', 'libapp1_1.0', 'app_1.0'].map(site.package));

    const dry = await restoreIn(root, { dryRun: true });
    expect(dry).toMatchObject({ outcome: 'would-restore', baseline: { name: 'test-2' } });
    const up = await restoreIn(root);
    expect(up).toMatchObject({ outcome: 'restored', differences: [], decisions: [] });
    expect(await siteVersions(root)).toEqual(['app 2.0', 'libapp1 1.0', 'libapp2 2.0', 'netbase 6.5']);

    // As a machine is left that lost power while netbase was unpacked: the file comes from the other host, too.
    await runInRoot(
      root,
      'sed',
      '-i',
      '/^Package: netbase$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/',
      '/var/lib/dpkg/status',
    );
    expect(await restoreIn(root)).toMatchObject({ outcome: 'unchanged', differences: [] });
    expect(await siteVersions(root)).toContain('netbase 6.5');

    const file = join(shared, 'baselines/test-1/test-stable', 'pool/main/a/app/app_1.0_amd64.deb');
    await rename(file, `${file}.away`);
    const down = { baseline: 'test-1', allowDowngrades: true, allowRemovals: true };
    await expect(restoreIn(root, down)).rejects.toMatchObject({
      code: 'integrity.missing',
      hints: [expect.stringContaining('pommgr doctor')],
    });
    await rename(`${file}.away`, file);
    expect(await restoreIn(root, down)).toMatchObject({ outcome: 'restored', differences: [] });
    expect(await siteVersions(root)).toEqual(['app 1.0', 'libapp1 1.0', 'netbase 6.4']);

    await server.close();
    await expect(restoreIn(root, { baseline: 'test-2' })).rejects.toMatchObject({
      code: 'network.connection',
    });
    expect(await siteVersions(root)).toContain('netbase 6.4');

    // From a share, of which somebody changes every package file right before dpkg runs.
    const share = join(root, 'srv/store');
    await cp(join(shared, 'baselines'), join(share, 'baselines'), { recursive: true });
    const spoil = 'for file in $(find /srv/store -name *.deb); do echo spoilt >$file; done';
    await writeBelow(root, 'etc/apt/apt.conf.d/spoil', `DPkg::Pre-Invoke { "${spoil}"; };\n`);
    await applyFrom({ from: share, baseline: 'test-2', root, context });
    expect(await restoreIn(root)).toMatchObject({ outcome: 'restored', differences: [] });
    expect(await siteVersions(root)).toEqual(['app 2.0', 'libapp1 1.0', 'libapp2 2.0', 'netbase 6.5']);
    const spoilt = join(share, 'baselines/test-2/test-stable/pool/main/a/app/app_2.0_amd64.deb');
    expect(await readFile(spoilt, 'utf8')).toBe('spoilt\n');
  });
});
