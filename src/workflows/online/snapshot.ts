/**
 * `pommgr snapshot`: Config -> VerifiedRelease[] -> IndexedMirror[] -> FetchPlan -> Snapshot[] -> Baseline.
 * Nothing exists under its final name before all of it is there and checked.
 */
import { join } from 'node:path';
import { makeDirectory } from '../../adapters/atomic-files.ts';
import { baselinesDirectory, latestBaseline, withWorkDirectory } from '../../adapters/baseline-files.ts';
import { loadConfig } from '../../adapters/config-file.ts';
import { openDownloader, type Downloader } from '../../adapters/download.ts';
import { withLock } from '../../adapters/file-lock.ts';
import { openHasherPool, type HasherPool } from '../../adapters/hashing.ts';
import { openPool } from '../../adapters/pool.ts';
import { nextSequence, recordSequence } from '../../adapters/state-file.ts';
import { baselineDigest, type Baseline } from '../../domain/baseline.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Config } from '../../domain/config.ts';
import { defaultTargets } from '../../domain/default-target.ts';
import type { Context } from '../../domain/progress.ts';
import type { Target } from '../../domain/target.ts';
import { formatTime } from '../../domain/time.ts';
import { chooseEngine } from './choose-engine.ts';
import { fetchIndices } from './fetch-indices.ts';
import { fetchPackages, planFetch } from './fetch-packages.ts';
import type { FetchPlan, VerifiedRelease } from './steps.ts';
import { verifyReleases } from './verify-releases.ts';
import { baselineContent, releaseContent, writeBaseline } from './write-baseline.ts';

export interface SnapshotOptions {
  /** Path of pommgr.yaml; config-file.ts says where it is looked for without one. */
  configFile: string | undefined;
  context: Context;
  /** Makes a baseline although upstream did not change. */
  force: boolean;
  dryRun: boolean;
}

export interface SnapshotSummary {
  mirrors: { id: string; packages: number }[];
  packages: { files: number; sizeBytes: number };
}

export type SnapshotResult =
  | { outcome: 'unchanged'; baseline: Baseline }
  | ({ outcome: 'planned'; missing: FetchPlan['missing']; digest: string } & SnapshotSummary)
  | ({
      outcome: 'made';
      baseline: Baseline;
      fetched: FetchPlan['missing'];
      directory: string;
    } & SnapshotSummary);

/** What one run works with. */
interface Run extends SnapshotOptions {
  config: Config;
  downloader: Downloader;
  hashers: HasherPool;
}

/** @throws PommgrError of each family that the steps name; nothing is left behind but verified files in the pool. */
export async function snapshot(options: SnapshotOptions): Promise<SnapshotResult> {
  const config = await loadConfig(options.configFile);
  if (options.dryRun) return openRun(config, options);
  const { baseDir, stateDir } = config;
  await makeDirectory(baselinesDirectory(stateDir));
  return withLock(join(stateDir, '.lock'), `the baselines in ${stateDir}`, () =>
    withLock(openPool(baseDir).lockPath, `the pool in ${baseDir}`, () => openRun(config, options)),
  );
}

async function openRun(config: Config, options: SnapshotOptions): Promise<SnapshotResult> {
  const hashers = openHasherPool(1);
  try {
    const { signal } = options.context;
    const downloader = await openDownloader({ ...config.download, mirrors: config.mirrors, signal, hashers });
    try {
      return await takeSnapshot({ ...options, config, downloader, hashers });
    } finally {
      await downloader.close();
    }
  } finally {
    await hashers.close();
  }
}

async function takeSnapshot(run: Run): Promise<SnapshotResult> {
  const { config, context, downloader } = run;
  for (const warning of downloader.warnings) context.progress.warn(warning);
  const releases = await verifyReleases(config.mirrors, downloader, context);
  const targets = defaultTargets(
    config,
    new Map(releases.map(({ mirror, release }) => [mirror.id, release])),
  );
  const latest = await latestBaseline(config.stateDir, config.track);
  if (latest !== undefined && !run.force && isUnchanged(latest, releases, targets)) {
    return { outcome: 'unchanged', baseline: latest };
  }
  return withWorkDirectory(run.dryRun ? undefined : config.stateDir, (workDirectory) =>
    makeBaseline(run, { workDirectory, releases, targets }),
  );
}

/** A Release file covers its indices and they their packages: with equal ones everything below is equal. */
function isUnchanged(
  latest: Baseline,
  releases: readonly VerifiedRelease[],
  targets: readonly Target[],
): boolean {
  const unlisted = { indices: null, packages: null };
  const before = latest.content.mirrors.map((mirror) => ({ ...mirror, ...unlisted }));
  const now = releases.map((release) => ({ ...releaseContent(release), ...unlisted }));
  const text = (mirrors: unknown[], of: readonly Target[]): string => canonicalJson({ mirrors, targets: of });
  return text(before, latest.content.targets) === text(now, targets);
}

async function makeBaseline(
  run: Run,
  from: { workDirectory: string; releases: VerifiedRelease[]; targets: Target[] },
): Promise<SnapshotResult> {
  const { config, context } = run;
  const { workDirectory, targets } = from;
  const pool = openPool(config.baseDir);
  // A dry run keeps its indices in a place of its own: it changes neither pool nor state.
  const indexPool = run.dryRun ? openPool(workDirectory) : pool;
  const mirrors = await fetchIndices(from.releases, { ...run, pool: indexPool, workDirectory });
  const plan = await planFetch(mirrors, pool);
  const summary = summarize(plan);
  if (run.dryRun) {
    const digest = baselineDigest(baselineContent(mirrors, targets));
    return { outcome: 'planned', missing: plan.missing, digest, ...summary };
  }
  const engine = chooseEngine(config, pool, context);
  const fetched = await fetchPackages(plan, { ...run, pool });
  const created = formatTime(context.now());
  const snapshots = await engine.makeSnapshots(fetched, created);
  const { stateDir, track } = config;
  const sequence = await nextSequence(stateDir, track);
  const baseline = await writeBaseline({ stateDir, track, sequence, created, engine, snapshots, targets });
  await recordSequence(stateDir, track, sequence);
  const directory = join(baselinesDirectory(stateDir), baseline.name);
  return { outcome: 'made', baseline, fetched: fetched.fetched, directory, ...summary };
}

function summarize(plan: FetchPlan): SnapshotSummary {
  const mirrors = plan.mirrors.map(({ mirror, packages }) => ({ id: mirror.id, packages: packages.count }));
  return { mirrors, packages: plan.packages };
}
