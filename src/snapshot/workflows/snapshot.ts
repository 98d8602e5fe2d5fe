/**
 * `pommgr snapshot`: Config -> VerifiedRelease[] -> IndexedMirror[] -> FetchPlan -> Snapshot[] -> Baseline.
 * Nothing exists under its final name before all of it is there and checked.
 */
import { join } from 'node:path';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import {
  baselinesDirectory,
  latestBaseline,
  withWorkDirectory,
} from '../../baseline/adapters/baseline-files.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { takeAdvisories } from '../../advisories/workflows/take-advisories.ts';
import { advisoryLogins } from '../../config/domain/advisory-settings.ts';
import { openDownloader, type Downloader } from '../../upstream/adapters/download.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { nextSequence, recordSequence } from '../../baseline/adapters/state-file.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { notAutomaticTexts } from '../../mirror/domain/not-automatic.ts';
import { type HostWish } from '../../hosts/workflows/take-reports.ts';
import type { Config } from '../../config/domain/config.ts';
import { endOfLifeWarnings } from '../../config/domain/ends-of-life.ts';
import { visitDaysOf } from '../../config/domain/site.ts';
import { verifyReleases } from '../../upstream/workflows/verify-releases.ts';
import { keyWarnings } from './warn-of-keys.ts';
import { defaultTargets } from '../../config/domain/default-target.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Target } from '../../apt/domain/target.ts';
import { requirePrerequisites } from './check-prerequisites.ts';
import { chooseEngine } from './choose-engine.ts';
import {
  planBaseline,
  summaryOf,
  type BaselineSource,
  type PlannedBaseline,
  type SnapshotSummary,
} from './plan-baseline.ts';
import { removeUnusedSnapshots, withSnapshotTime } from './snapshot-time.ts';
import { knownIncomplete } from './known-incomplete.ts';
import { takeReported } from './take-reported.ts';
import { lacksSetAside } from './lacks-set-aside.ts';
import { type FetchPlan } from '../../mirror/workflows/fetch-plan.ts';
import type { Engine } from '../../mirror/workflows/steps.ts';
import { refuseForHosts } from '../../upstream/domain/host-index-policy.ts';
import { readLockProof } from '../../closure/adapters/closure-files.ts';
import { openClosures, type ClosureRun } from '../../closure/workflows/closure-run.ts';
import { rememberCheck } from './remember-check.ts';
import { isUnchanged, releaseContent, writeBaseline } from './write-baseline.ts';
import { countWarnings } from './count-warnings.ts';

export interface SnapshotOptions {
  /** Path of pommgr.yaml; config-file.ts says where it is looked for without one. */
  configFile: string | undefined;
  context: Context;
  /** Directories whose reports of trusted hosts are taken in first. */
  media?: readonly string[];
  /** Asked when hosts wish for packages; absent: they are only told. */
  acceptWishes?: ((wishes: readonly HostWish[]) => Promise<boolean>) | undefined;
  /** Makes a baseline although upstream did not change. */
  force: boolean;
  /** The highest number that was given out elsewhere, as the operator says; a lower one than the known changes nothing. */
  acceptSequence?: number | undefined;
  dryRun: boolean;
}

export type SnapshotResult =
  | { outcome: 'unchanged'; baseline: Baseline }
  | PlannedBaseline
  | ({
      outcome: 'made';
      baseline: Baseline;
      fetched: FetchPlan['missing'];
      directory: string;
    } & SnapshotSummary);

/** What one run works with. */
interface Run extends SnapshotOptions {
  config: Config;
  engine: Engine;
  downloader: Downloader;
  hashers: HasherPool;
  /** Whether something was warned of so far. */
  warned: () => boolean;
}

/** @throws PommgrError of each family that the steps name; nothing is left behind but verified files in the pool. */
export async function snapshot(given: SnapshotOptions): Promise<SnapshotResult> {
  const { context, warned } = countWarnings(given.context);
  const options = { ...given, context, warned };
  const config = await loadConfig(options.configFile);
  await requirePrerequisites(config);
  // What is told every time keeps no later run from answering quickly that nothing is new.
  for (const text of endOfLifeWarnings(config.mirrors, given.context.now(), visitDaysOf(config)))
    given.context.progress.warn(text);
  const engine = await chooseEngine(config, options.context);
  if (options.dryRun) return openRun(config, engine, options);
  const { stateDir } = config;
  await makeDirectory(baselinesDirectory(stateDir));
  return withLock(join(stateDir, '.lock'), `the baselines in ${stateDir}`, () =>
    engine.hold(async () => {
      if (options.acceptSequence !== undefined) {
        await recordSequence(stateDir, config.track, options.acceptSequence);
      }
      return openRun(config, engine, options);
    }),
  );
}

async function openRun(
  config: Config,
  engine: Engine,
  options: SnapshotOptions & Pick<Run, 'warned'>,
): Promise<SnapshotResult> {
  const hashers = openHasherPool(1);
  try {
    const { signal } = options.context;
    const mirrors = [...engine.logins, ...advisoryLogins(config.advisories)];
    const downloader = await openDownloader({ ...config.download, mirrors, signal, hashers });
    try {
      return await takeSnapshot({ ...options, config, engine, downloader, hashers });
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
  // Neither needs the other, and each waits for others most of its time.
  const [prepared, verified] = await Promise.allSettled([
    run.dryRun ? undefined : run.engine.prepare(),
    verifyReleases(config.mirrors, downloader, context),
  ]);
  if (prepared.status === 'rejected') throw prepared.reason;
  if (verified.status === 'rejected') throw verified.reason;
  const releases = verified.value;
  const targets = defaultTargets(
    config,
    new Map(releases.map(({ mirror, release }) => [mirror.id, release])),
  );
  const days = visitDaysOf(config);
  for (const warning of await keyWarnings(releases, { targets, now: context.now(), days }))
    context.progress.warn(warning);
  if (!run.dryRun) await removeUnusedSnapshots(config);
  const result = await withWorkDirectory(run.dryRun ? undefined : config.stateDir, async (workDirectory) => {
    const reported = await takeReported({ ...run, stateDir: config.stateDir });
    const opened = await openClosures(config, targets, { ...run, workDirectory, reported });
    const closures = readableByHosts(opened, targets);
    const latest = await latestBaseline(config.stateDir, config.track);
    const content = { targets, upgrades: config.upgrades };
    const isComplete = latest?.incomplete === undefined;
    if (latest !== undefined && isComplete && !run.force && isUnchanged(latest, releases, content)) {
      const directory = join(baselinesDirectory(config.stateDir), latest.name);
      const proof = await readLockProof(directory);
      const isWhole = !(await lacksSetAside(latest, config));
      if (isWhole && proof?.inputs === closures.inputs)
        return { outcome: 'unchanged' as const, baseline: latest };
      if (!isWhole) {
        context.progress.note(
          `Files of ${latest.name} were set aside as damaged: a new baseline is made with them.`,
        );
      }
    }
    return makeBaseline(run, { workDirectory, releases, ...content, closures, latest });
  });
  if (result.outcome !== 'planned') {
    const { baseline } = result;
    await rememberCheck({ config, baseline, releases, warned: run.warned(), now: context.now() });
  }
  return result;
}

/** Indices that the hosts' own apt cannot read go no further. */
function readableByHosts(closures: ClosureRun, targets: readonly Target[]): ClosureRun {
  return {
    ...closures,
    async takeClosure(mirrors, place) {
      refuseForHosts(mirrors, targets);
      return await closures.takeClosure(mirrors, place);
    },
  };
}

async function makeBaseline(run: Run, from: BaselineSource): Promise<SnapshotResult> {
  const { config, context, engine } = run;
  const { releases, targets } = from;
  const mirrorsNow = releases.map(releaseContent);
  for (const target of targets)
    for (const text of notAutomaticTexts(target, mirrorsNow)) context.progress.warn(text);
  if (run.dryRun) return planBaseline(from, run);
  const { advisories } = config;
  await takeAdvisories({ ...run, advisories, targets, workDirectory: from.workDirectory });
  const now = context.timestamp();
  return await withSnapshotTime(config, { engine, now }, (created) => makeAt(created, run, from));
}

async function makeAt(created: string, run: Run, from: BaselineSource): Promise<SnapshotResult> {
  const { config, engine } = run;
  const { workDirectory, releases, targets, upgrades, closures, latest } = from;
  const { takeClosure } = closures;
  const isKnown = await knownIncomplete(from, run);
  const taken = await engine.takeSnapshots(releases, {
    ...run,
    workDirectory,
    created,
    takeClosure,
    isKnown,
  });
  if (taken === undefined) {
    if (latest === undefined) throw new Error('no baseline is known, and none was made');
    return { outcome: 'unchanged', baseline: latest };
  }
  const { packages, fetched } = taken;
  const { stateDir, track } = config;
  const sequence = await nextSequence(stateDir, track);
  const parts = {
    ...{ stateDir, track, sequence, created, engine, taken, targets, upgrades, closures, workDirectory },
  };
  const baseline = await writeBaseline(parts);
  await recordSequence(stateDir, track, sequence);
  const directory = join(baselinesDirectory(stateDir), baseline.name);
  const summary = summaryOf(
    taken.snapshots.map(({ mirror }) => mirror),
    { packages, closures },
  );
  return { outcome: 'made', baseline, fetched, directory, ...summary };
}
