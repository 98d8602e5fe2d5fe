/** Implements `snapshot --dry-run`: what a baseline would be. Neither pool nor state changes. */
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { baselineDigest, type Baseline } from '../../baseline/domain/baseline.ts';
import type { TargetProof } from '../../closure/domain/lock-proof.ts';
import type { ClosureRun } from '../../closure/workflows/closure-run.ts';
import { freeSpaceFor } from '../../core/adapters/free-space.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { withPoolFetcher } from '../../mirror/adapters/pool-fetcher.ts';
import { openPool } from '../../mirror/adapters/pool.ts';
import { fetchIndices } from '../../mirror/workflows/fetch-indices.ts';
import { planFetch, type FetchPlan } from '../../mirror/workflows/fetch-plan.ts';
import type { IndexedMirror } from '../../mirror/workflows/indexed-mirror.ts';
import type { Engine } from '../../mirror/workflows/steps.ts';
import type { Downloader } from '../../upstream/adapters/download.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import { promisedTargets } from '../../closure/workflows/closure-run.ts';
import { baselineContent } from './write-baseline.ts';

export interface SnapshotSummary {
  mirrors: { id: string; packages: number }[];
  packages: { files: number; sizeBytes: number };
  /** The thin targets: what they hold of their mirrors, and for how many hosts and jobs apt was asked. */
  closures: (Pick<TargetProof, 'target' | 'thin' | 'whole'> & { hosts: number; jobs: number })[];
}

export type PlannedBaseline = {
  outcome: 'planned';
  engine: Engine['name'];
  /** Changes that would come first in POM's config. */
  changes: Engine['changes'];
  missing: FetchPlan['missing'];
  /** Free bytes on the file system of the pool. */
  freeBytes: number;
  digest: string;
} & SnapshotSummary;

/** Inputs of a baseline. */
export interface BaselineSource {
  workDirectory: string;
  releases: readonly VerifiedRelease[];
  targets: Target[];
  upgrades: readonly UpgradeWay[];
  closures: ClosureRun;
  /** The newest baseline of the track. */
  latest: Baseline | undefined;
}

interface PlanTools {
  config: Config;
  engine: Engine;
  downloader: Downloader;
  hashers: HasherPool;
  context: Context;
}

/** Returns what a baseline would be. The indices go to a directory of their own: neither pool nor state changes. */
export async function planBaseline(
  { workDirectory, releases, targets, upgrades, closures }: BaselineSource,
  run: PlanTools,
): Promise<PlannedBaseline> {
  const { config, engine } = run;
  const pool = openPool(workDirectory);
  const indexed = await withPoolFetcher({ ...run, pool }, (files) =>
    fetchIndices(releases, { ...run, pool, files, workDirectory, tolerant: config.allowIncomplete }),
  );
  const mirrors = await closures.takeClosure(indexed, { pool });
  const fetched = engine.name === 'pom' ? indexed : mirrors;
  const { missing } = await planFetch(fetched, openPool(config.baseDir));
  const { packages } = await planFetch(mirrors, openPool(config.baseDir));
  return {
    outcome: 'planned',
    engine: engine.name,
    changes: engine.changes,
    missing,
    freeBytes: (await freeSpaceFor(config.baseDir)).sizeBytes,
    digest: baselineDigest(
      baselineContent(mirrors, { targets: promisedTargets(targets, closures.taken()), upgrades }),
    ),
    ...summaryOf(mirrors, { packages, closures }),
  };
}

export function summaryOf(
  mirrors: readonly IndexedMirror[],
  { packages, closures }: Pick<SnapshotSummary, 'packages'> & { closures: ClosureRun },
): SnapshotSummary {
  return {
    mirrors: mirrors.map((one) => ({ id: one.mirror.id, packages: one.packages.count })),
    packages,
    closures: closureSizes(closures),
  };
}

function closureSizes(closures: ClosureRun): SnapshotSummary['closures'] {
  return (closures.taken()?.proofs ?? []).map(({ target, thin, whole, hosts }) => ({
    target,
    thin,
    whole,
    hosts: hosts.filter(({ host }) => host !== null).length,
    jobs: hosts.reduce((sum, { jobs }) => sum + jobs.length, 0),
  }));
}
