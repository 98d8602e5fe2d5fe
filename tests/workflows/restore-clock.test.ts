/**
 * Ten years later. The programs in the root (apt, its verifier, dpkg, maintainer scripts) see that time by libfaketime;
 * what the kernel itself stamps, such as the times of files, is the machine's own. Upstream's key has expired by then.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import {
  debianPackages,
  debianRoot,
  installInRoot,
  runInRoot,
  type DebianRelease,
} from '../support/debian-root.ts';
import { createDebianSite, siteVersions } from '../support/debian-site.ts';
import { readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { restoreIn } from '../support/restore.ts';

const tenYears = 3653;
const context = () => testContext(new Date(Date.now() + tenYears * 86_400_000).toISOString());

async function hostInTenYears(
  release: DebianRelease,
  expires?: Date,
): Promise<{ root: string; media: string }> {
  const signer = { name: 'Upstream', ...(expires === undefined ? {} : { expires }) };
  const site = await createDebianSite(release, { system: ['libfaketime'], signer });
  const root = await debianRoot(release, [site.key]);
  for (const media of [site.older, site.newer]) {
    await apply({ media, root, storeOnly: true, context: testContext() });
  }
  await installInRoot(root, site.package('netbase_12'), ...(await debianPackages(release, ['libfaketime'])));
  const library = (await runInRoot(root, 'dpkg', '--listfiles', 'libfaketime'))
    .split('\n')
    .find((line) => line.endsWith('/libfaketime.so.1'));
  await writeFile(join(root, 'etc/faketimerc'), `+${tenYears}d\n`);
  await writeFile(join(root, 'etc/ld.so.preload'), `${library}\n`);
  const year = (await runInRoot(root, 'date', '+%Y')).trim();
  expect(Number(year)).toBeGreaterThanOrEqual(new Date().getFullYear() + 9);
  return { root, media: site.newer };
}

/** A year from now. */
const soon = () => new Date(Date.now() + 365 * 86_400_000);

describe('ten years later', () => {
  test('a baseline is restored as on the first day', async () => {
    const { root } = await hostInTenYears('bookworm');

    const report = await restoreIn(root, { baseline: 'test-2', context: context() });

    expect(report).toMatchObject({ outcome: 'restored', decisions: [], differences: [] });
    expect(await siteVersions(root)).toEqual(['netbase 6.5']);
  });

  test("on apt 2.6, upstream's expired key needs a flag, and then the bundle's own signature counts", async () => {
    const { root, media } = await hostInTenYears('bookworm', soon());
    await expect(apply({ media, root, context: context() })).rejects.toMatchObject({
      code: 'tool.apt',
      hints: expect.arrayContaining([expect.stringContaining('--trust-expired-upstream')]) as string[],
    });
    await expect(restoreIn(root, { baseline: 'test-2', context: context() })).rejects.toMatchObject({
      code: 'trust.expired-upstream',
      hints: [expect.stringContaining('--trust-expired-upstream') as string],
    });
    expect(await siteVersions(root)).toEqual(['netbase 6.4']);
    const trusting = { baseline: 'test-2', trustExpiredUpstream: true };

    await run('mv', [join(root, 'etc/pommgr/trusted-keys.d'), join(root, 'etc/pommgr/elsewhere')]);
    await expect(restoreIn(root, { ...trusting, context: context() })).rejects.toMatchObject({
      code: 'trust.no-keys',
    });
    await run('mv', [join(root, 'etc/pommgr/elsewhere'), join(root, 'etc/pommgr/trusted-keys.d')]);
    const { stdout: files } = await run('find', [
      ...[join(root, 'var/lib/pommgr/baselines/test-2/test-stable/dists'), '-type', 'f'],
    ]);
    for (const file of files.trimEnd().split('\n')) {
      const bytes = await readFile(file);
      await writeFile(file, Buffer.concat([bytes, Buffer.from('\n')]));
      await expect(restoreIn(root, { ...trusting, context: context() })).rejects.toMatchObject({
        code: file.endsWith('InRelease')
          ? expect.stringMatching(/^(tool.apt|integrity.digest)$/)
          : 'integrity.digest',
      });
      await writeFile(file, bytes);
    }
    expect(await siteVersions(root)).toEqual(['netbase 6.4']);

    const now = context();
    const report = await restoreIn(root, { ...trusting, context: now });
    expect(report).toMatchObject({
      ...{ outcome: 'restored', applied: null, decisions: ['trust-expired-upstream'], differences: [] },
    });
    expect(now.warnings.join()).toContain("Upstream's key has expired");
    expect(await siteVersions(root)).toEqual(['netbase 6.5']);
    expect((await readAudit(root)).at(-1)).toMatchObject({
      ...{ action: 'restore', baseline: 'test-2', decisions: ['trust-expired-upstream'] },
    });
    const { stdout } = await run(
      'grep',
      ['-r', 'Trusted:', join(root, 'etc/apt'), join(root, 'var/lib/pommgr')],
      {
        accept: [0, 1],
      },
    );
    expect(stdout).toBe('');
  });

  test('on apt 3.0, a signature made before the key expired is good, and the flag does nothing', async () => {
    const { root } = await hostInTenYears('trixie', soon());

    const report = await restoreIn(root, {
      baseline: 'test-2',
      trustExpiredUpstream: true,
      context: context(),
    });

    expect(report).toMatchObject({ outcome: 'restored', decisions: [], differences: [] });
    expect(await siteVersions(root)).toEqual(['netbase 6.5']);
  });
});
