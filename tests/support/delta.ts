/** A site with three baselines of real packages for tests of deltas: each newer one has another version of a package. */
import { createHash } from 'node:crypto';
import { pack, type PackOptions, type PackResult } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSite, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { buildPackage, type BuiltPackage } from './packages.ts';
import type { RepositoryOptions } from './repository.ts';
import { scratchDirectory } from './scratch.ts';

export interface DeltaSite extends Site {
  /** What the second baseline has and the first has not, and the third and not the second. */
  changed: BuiltPackage[];
  /** Packs `test-2-from-test-1`, or `test-2`, onto a medium: a new one, or the one that is given. */
  packed(bundle: string, options?: Partial<PackOptions>): Promise<PackResult & { media: string }>;
}

export async function createDeltaSite(options: Partial<RepositoryOptions> = {}): Promise<DeltaSite> {
  const site = await createSite([], options);
  const { configFile } = site;
  const take = (day: number) =>
    snapshot({ configFile, context: testContext(`2025-06-0${day}T00:00:00Z`), dryRun: false, force: true });
  await take(1);
  const changed: BuiltPackage[] = [];
  for (const day of [2, 3]) {
    const files = { '/usr/share/alpha': randomBytes(`alpha on day ${day}`) };
    changed.push(await buildPackage({ name: 'alpha', version: `${day + 1}.0`, files }));
    await site.publish({
      components: { main: [...site.packages, ...changed] },
      date: new Date(`2025-06-0${day}T00:00:00Z`),
    });
    await take(day);
  }
  return {
    ...site,
    changed,
    async packed(bundle, more = {}) {
      const [, baselineName = '', since = 'none'] = /^(test-\d)(?:-from-(.*))?$/.exec(bundle) ?? [];
      const media = more.media ?? (await scratchDirectory());
      const context = testContext('2025-06-05T00:00:00Z');
      return { ...(await pack({ configFile, baselineName, since, context, ...more, media })), media };
    },
  };
}

/** 200 kB that no compression makes smaller, the same for the same seed. */
function randomBytes(seed: string): Buffer {
  return createHash('shake256', { outputLength: 200_000 }).update(seed).digest();
}
