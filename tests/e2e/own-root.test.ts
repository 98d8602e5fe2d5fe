/** A machine's own `/`: everything that a host does, without --root, in a whole Debian of its own. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { debianReleases, debianRoot, installInRoot, runInRoot } from '../support/debian-root.ts';
import { createDebianSite, siteVersions, type DebianSite } from '../support/debian-site.ts';
import { pommgrInside, type InsideOutcome } from '../support/inside-root.ts';
import { treeOf } from '../support/tree.ts';

describe.each(debianReleases)('on %s', { timeout: 180_000 }, (release) => {
  let site: DebianSite;
  let root: string;
  let apt: string[];

  beforeAll(async () => {
    site = await createDebianSite(release, { system: ['libfaketime'] });
    root = await debianRoot(release, [site.key]);
    await installInRoot(root, ...['netbase_12', 'libapp1_1.0', 'app_1.0', 'conf_1.0'].map(site.package));
    apt = await treeOf(join(root, 'etc/apt'));
  });

  async function inside(...args: string[]): Promise<InsideOutcome['document']['result']> {
    const outcome = await pommgrInside(root, args, { '/media': site.older, '/mnt': site.newer });
    expect(outcome.exitCode, JSON.stringify(outcome.document)).toBe(0);
    return outcome.document.result;
  }

  test('applies, restores, rolls back and detaches', async () => {
    expect(await inside('apply', '--media', '/media', '--dry-run')).toMatchObject({ outcome: 'would-apply' });
    expect(await treeOf(join(root, 'etc/apt'))).toEqual(apt);

    expect(await inside('apply', '--media', '/media')).toMatchObject({
      ...{ outcome: 'applied', root: '/', store: '/var/lib/pommgr', baseline: { name: 'test-1' } },
      setAside: [{ path: '/etc/apt/sources.list' }],
    });
    const sources = await readFile(join(root, 'var/lib/pommgr/current/pommgr.sources'), 'utf8');
    expect(sources).toContain('URIs: file:///var/lib/pommgr/baselines/test-1/test-stable\n');
    expect(await runInRoot(root, 'apt-get', 'update', '--print-uris')).toMatch(
      /^'file:\/var\/lib\/pommgr\/baselines\/test-1\//m,
    );
    expect(await inside('restore')).toMatchObject({ outcome: 'unchanged' });

    expect(await inside('apply', '--media', '/mnt')).toMatchObject({
      ...{ outcome: 'applied', baseline: { name: 'test-2' } },
    });
    expect(await inside('status')).toMatchObject({
      host: { applied: { baseline: 'test-2' }, otherSources: [] },
    });
    expect(await inside('restore')).toMatchObject({ outcome: 'restored', differences: [] });
    expect(await siteVersions(root)).toEqual([
      'app 2.0',
      'conf 2.0',
      'libapp1 1.0',
      'libapp2 2.0',
      'netbase 6.5',
    ]);
    expect(await inside('pin', '--scope', 'all')).toMatchObject({ outcome: 'pinned' });
    expect(await inside('doctor', '--deep')).toMatchObject({ applied: 'test-2' });

    expect(await inside('rollback')).toMatchObject({
      ...{ outcome: 'rolled-back', to: { name: 'test-1' } },
      newer: [{ name: 'app' }, { name: 'conf' }, { name: 'netbase' }],
    });
    expect(await inside('restore', '--allow-downgrades', '--allow-removals')).toMatchObject({
      outcome: 'restored',
      differences: [],
    });
    expect(await siteVersions(root)).toEqual(['app 1.0', 'conf 1.0', 'libapp1 1.0', 'netbase 6.4']);
    expect(await inside('store', 'gc', '--keep', '1')).toMatchObject({ removed: [] });
    expect(await inside('doctor')).toMatchObject({ applied: 'test-1' });

    expect(await inside('detach', '--purge')).toMatchObject({ outcome: 'detached', purged: true });
    expect(await treeOf(join(root, 'etc/apt'))).toEqual(apt);
    expect(await readdir(join(root, 'var/lib'))).not.toContain('pommgr');
  });
});
