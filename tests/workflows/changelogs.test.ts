/** The Changelog button without a network: real apt of Debian 12 and 13, on the baselines that were applied. */
import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
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
  const changelog = (name: string) => runInRoot(root, 'apt-get', 'changelog', '-qq', '--', name);

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
