/** The Changelog button without a network: real apt of Debian 12 and 13, on the baselines that were applied. */
import { cp, lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { flipBit } from '../support/attack.ts';
import { serveStore } from '../support/shared-store.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { debianReleases, debianRoot, installInRoot, runInRoot } from '../support/debian-root.ts';
import { createDebianSite, type DebianSite } from '../support/debian-site.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2026-11-22T10:00:00Z');
const appChanges = 'lib++src (1:2.0~rc1+b2) unstable; urgency=medium\n\n  * A change of app.\n';

describe.each(debianReleases)('on %s', { timeout: 180_000 }, (release) => {
  let site: DebianSite;
  let root: string;

  beforeAll(async () => {
    site = await createDebianSite(release, {
      system: ['libfaketime'],
      replace: [
        {
          name: 'app',
          version: '2.0',
          // apt asks by the source package, whose name and version have characters that a URI encodes.
          source: 'lib++src (1:2.0~rc1+b2)',
          depends: 'libapp2 (>= 2.0)',
          files: {
            '/usr/share/doc/app/changelog.Debian.gz': gzipSync(appChanges),
            '/usr/share/doc/app/changelog.gz': gzipSync('upstream\n'),
          },
        },
      ],
    });
    root = await debianRoot(release, [site.key]);
    await installInRoot(root, ...['netbase_12', 'libapp1_1.0', 'app_1.0', 'conf_1.0'].map(site.package));
    await apply({ media: site.newer, root, context });
  });

  /** As the web interface calls it. */
  const changelog = (name: string, host = root) => runInRoot(host, 'apt-get', 'changelog', '-qq', '--', name);

  test('apt shows the changelogs of what an upgrade would bring', async () => {
    const started = performance.now();
    expect(await changelog('app')).toBe(appChanges);
    // The web interface gives up after 10 s; it is to take less than one, and this machine may be busy.
    expect(performance.now() - started).toBeLessThan(5000);
    expect(await changelog('netbase')).toMatch(/^netbase \(6\./);
  });

  test('a package without one is told at once, and nothing but changelogs is kept', async () => {
    const started = performance.now();
    await expect(changelog('conf')).rejects.toThrow(/Changelog unavailable for conf=2\.0/);
    expect(performance.now() - started).toBeLessThan(5000);
    const kept = (await treeOf(join(root, 'var/lib/pommgr/current/changelogs'))).filter((line) =>
      line.startsWith('f '),
    );
    expect(kept).toHaveLength(2);
    expect(kept.join('\n')).toMatch(/_changelog/);
    expect(await runInRoot(root, 'apt-get', 'update', '-q')).not.toMatch(/^[NWE]:/m);
  });

  test('a host that uses the store of another has them, by HTTP and from a share', async () => {
    const shared = join(root, 'var/lib/pommgr');
    const from = await serveStore(shared);
    const host = await debianRoot(release, [site.key]);
    await installInRoot(host, ...['netbase_12', 'libapp1_1.0', 'app_1.0', 'conf_1.0'].map(site.package));
    const first = testContext('2026-11-22T10:00:00Z');
    expect(await applyFrom({ from, root: host, context: first })).toMatchObject({ outcome: 'applied' });
    expect(first.warnings).toEqual([]);
    expect(await changelog('app', host)).toBe(appChanges);
    expect(await changelog('netbase', host)).toMatch(/^netbase \(6\./);
    await expect(changelog('conf', host)).rejects.toThrow(/Changelog unavailable for conf=2\.0/);
    // No package stays, and those without a changelog are known.
    const store = await treeOf(join(host, 'var/lib/pommgr'));
    expect(store.filter((line) => /\.deb\b/.test(line))).toEqual([]);
    const directory = join(host, 'var/lib/pommgr/current/changelogs');
    expect(await readFile(join(directory, 'without'), 'utf8')).toContain('conf_2.0');

    const share = join(host, 'srv/store');
    await cp(join(shared, 'baselines'), join(share, 'baselines'), { recursive: true });
    const [damaged = ''] = (await treeOf(share)).filter((line) => line.includes('app_2.0_amd64.deb'));
    await flipBit(join(share, /\S*app_2\.0_amd64\.deb/.exec(damaged)?.[0] ?? ''), -1);
    const second = testContext('2026-11-22T10:00:00Z');
    expect(await applyFrom({ from: share, root: host, context: second })).toMatchObject({
      outcome: 'applied',
    });
    expect(second.warnings).toEqual([
      expect.stringMatching(/changelogs of 1 packages .*app_2\.0_amd64\.deb/),
    ]);
    expect(await changelog('netbase', host)).toMatch(/^netbase \(6\./);
    await expect(changelog('app', host)).rejects.toThrow(/Changelog unavailable/);
  });

  test('they come back with the next apply of the same, and go with a detach', async () => {
    const directory = join(root, 'var/lib/pommgr/current/changelogs');
    await rm(directory, { recursive: true });
    expect(await apply({ media: site.newer, root, context })).toMatchObject({ outcome: 'unchanged' });
    expect(await changelog('app')).toBe(appChanges);

    await detach({ root, purge: false, context });
    await expect(lstat(join(root, 'etc/apt/apt.conf.d/pommgr.conf'))).rejects.toThrow();
    expect(await readFile(join(root, 'etc/apt/sources.list'), 'utf8')).toContain('192.0.2.1');
  });
});
