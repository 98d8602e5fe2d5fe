/**
 * Fetches what POM will need into POM's own pool, in parallel, before POM fetches it one file at a time. Invariant:
 * only files that a signed Release vouches for get there, and the pool's lock is held only in short spans.
 */
import type { Downloader } from '../../upstream/adapters/download.ts';
import { withPoolFetcher, type PoolFetcher } from '../../mirror/adapters/pool-fetcher.ts';
import { openPool } from '../../mirror/adapters/pool.ts';
import { sharePool } from '../../mirror/adapters/shared-pool.ts';
import type { Config } from '../../config/domain/config.ts';
import { pomReferences } from '../domain/pom-references.ts';
import { isUpstreamFault } from '../../upstream/domain/upstream-fault.ts';
import { fetchIndex, fetchIndices } from '../../mirror/workflows/fetch-indices.ts';
import { fetchPackages, type Fetched } from '../../mirror/workflows/fetch-packages.ts';
import { planFetch } from '../../mirror/workflows/fetch-plan.ts';
import type { EngineTools } from '../../mirror/workflows/steps.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';

/** @throws PommgrError `network.*`, `integrity.*`, `config.*`, `state.*`; with `allowIncomplete` POM judges what upstream lacks. */
export async function prefetchForPom(
  releases: readonly VerifiedRelease[],
  config: Config,
  tools: EngineTools,
): Promise<Fetched> {
  const pool = sharePool(openPool(config.baseDir), {
    waitSeconds: config.pom.lockWaitSeconds,
    context: tools.context,
  });
  const tolerant = config.allowIncomplete;
  try {
    return await withPoolFetcher({ ...tools, pool }, async (files) => {
      const indexed = await fetchIndices(releases, { ...tools, pool, files, tolerant });
      await fetchReferences(releases, { ...tools, files });
      const { fetched } = await fetchPackages(await planFetch(indexed, pool), {
        ...tools,
        pool,
        files,
        tolerant,
      });
      await pool.sync();
      return fetched;
    });
  } finally {
    await pool.close();
  }
}

/** The other files that POM takes from a Release; POM decides what it means when upstream lacks one. */
async function fetchReferences(
  releases: readonly VerifiedRelease[],
  tools: { downloader: Downloader; files: PoolFetcher },
): Promise<void> {
  const references = releases.flatMap((verified) =>
    pomReferences(verified.mirror, verified.release).map((file) => ({ verified, file })),
  );
  await tools.downloader.fetchAll(references, async ({ verified, file }, signal) => {
    try {
      await fetchIndex(verified, file, { ...tools, signal });
    } catch (error) {
      if (!isUpstreamFault(error)) throw error;
    }
  });
}
