/** The proper way compiles: each step takes what the step before returned. tests/types/sealed.test.ts checks it. */
import { applyBaseline } from '../../src/host/workflows/apply-baseline.ts';
import { openBundle } from '../../src/medium/adapters/verified-bundle.ts';
import { fetchIndices } from '../../src/mirror/workflows/fetch-indices.ts';
import { fetchPackages } from '../../src/mirror/workflows/fetch-packages.ts';
import { planFetch } from '../../src/mirror/workflows/fetch-plan.ts';
import { settlePackages } from '../../src/mirror/workflows/settle-packages.ts';
import { storeBundle } from '../../src/store/workflows/store-bundle.ts';
import { verifyReleases } from '../../src/upstream/workflows/verify-releases.ts';

type Releases = Parameters<typeof verifyReleases>;
type Indices = Parameters<typeof fetchIndices>[1];
type Packages = Parameters<typeof fetchPackages>[1];
type Opening = Parameters<typeof openBundle>;

export async function online(releases: Releases, tools: Indices & Packages) {
  const mirrors = await fetchIndices(await verifyReleases(...releases), tools);
  return settlePackages(await fetchPackages(await planFetch(mirrors, tools.pool), tools));
}

export async function offline(
  opening: Opening,
  storing: Parameters<typeof storeBundle>[1],
  applying: Parameters<typeof applyBaseline>[1],
) {
  const { stored } = await storeBundle(await openBundle(...opening), storing);
  return (await applyBaseline(stored, applying)).applied;
}
