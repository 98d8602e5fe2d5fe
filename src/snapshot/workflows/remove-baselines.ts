/**
 * Removes baselines, the snapshots that only they use, and the pool files that no link is left to. Invariant: a
 * baseline is removed before the first file that it needs; the next run finishes a killed one.
 */
import { countLinks } from '../../core/adapters/file-tree.ts';
import { listBaselines } from '../../baseline/adapters/baseline-files.ts';
import { collectWithPom } from '../../pom/adapters/pom-gc.ts';
import {
  listPool,
  removePoolFiles,
  totalOf,
  unlinkedFiles,
  type FileTotal,
} from '../../mirror/adapters/pool-files.ts';
import { removeSnapshot, snapshotExists, type SnapshotName } from '../../mirror/adapters/snapshot-removal.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { recordSequence } from '../../baseline/adapters/state-file.ts';
import {
  forgetRemovedBaseline,
  listRemovedBaselines,
  setBaselineAside,
} from '../adapters/removed-baselines.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import { unusedSnapshots, type RemovalPlan } from '../domain/retention.ts';
import { findKnownPom, type KnownPom } from '../../pom/workflows/known-pom.ts';
import { withPoolLock } from '../../mirror/workflows/locks.ts';

export interface Removal {
  /** Names, by track and sequence. */
  baselines: string[];
  snapshots: SnapshotName[];
  /** Files that were removed from the pool, each inode once. */
  freed: FileTotal;
}

/** Returns what `removeBaselines` would do. */
export async function previewRemoval(config: Config, plan: RemovalPlan): Promise<Removal> {
  const snapshots = await present(config, plan.snapshots);
  const going = snapshots.map(({ mirror, snapshot }) => snapshotPath(config.baseDir, mirror, snapshot));
  const files = unlinkedFiles(await listPool(config.baseDir), await countLinks(going));
  return { baselines: namesOf(plan.baselines), snapshots, freed: totalOf(files) };
}

/** The caller holds the state's lock, and not the pool's: POM takes that one itself. */
export async function removeBaselines(config: Config, plan: RemovalPlan, context: Context): Promise<Removal> {
  const { stateDir } = config;
  const keeper = await findKnownPom(config);
  for (const { name, track, sequence } of plan.baselines) {
    await recordSequence(stateDir, track, sequence);
    await setBaselineAside(stateDir, name);
  }
  const removed = await listRemovedBaselines(stateDir);
  if (removed.length === 0) return { baselines: [], snapshots: [], freed: totalOf([]) };
  const gone = removed.flatMap(({ baseline }) => baseline ?? []);
  const unused = unusedSnapshots(gone, await listBaselines(stateDir));
  const snapshots = await present(config, unused);
  const freed = await removeSnapshots(snapshots, { config, keeper, context });
  for (const baseline of removed) await forgetRemovedBaseline(baseline);
  return { baselines: namesOf(gone), snapshots, freed };
}

interface Tools {
  config: Config;
  keeper: KnownPom | undefined;
  context: Context;
}

async function removeSnapshots(snapshots: readonly SnapshotName[], tools: Tools): Promise<FileTotal> {
  const { config, keeper, context } = tools;
  const { baseDir } = config;
  const ofPom = snapshots.filter(({ mirror }) => keeper?.mirrors.includes(mirror) === true);
  const own = snapshots.filter((snapshot) => !ofPom.includes(snapshot));
  const { freed, left } = await withPoolLock(config, context, async () => {
    for (const snapshot of own) await removeOne(snapshot, context, () => removeSnapshot(baseDir, snapshot));
    if (keeper !== undefined && ofPom.length > 0) return { freed: totalOf([]), left: keeper };
    const files = unlinkedFiles(await listPool(baseDir));
    await removePoolFiles(baseDir, files);
    return { freed: totalOf(files), left: undefined };
  });
  if (left === undefined) return freed;
  for (const snapshot of ofPom) {
    const { mirror, snapshot: name } = snapshot;
    await removeOne(snapshot, context, () => left.pom.removeSnapshot(mirror, name));
  }
  const files = unlinkedFiles(await listPool(baseDir));
  await collectWithPom(left.pom, { baseDir, mirrors: left.mirrors, signal: context.signal });
  return totalOf(files);
}

async function removeOne(
  { mirror, snapshot }: SnapshotName,
  { progress, signal }: Context,
  remove: () => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  progress.step(`Removing ${mirror}/${snapshot}`);
  await remove();
}

/** Returns the existing snapshots: another tool may have removed one, or base-dir may have changed. */
async function present(config: Config, snapshots: readonly SnapshotName[]): Promise<SnapshotName[]> {
  const found: SnapshotName[] = [];
  for (const snapshot of snapshots) {
    if (await snapshotExists(config.baseDir, snapshot)) found.push(snapshot);
  }
  return found;
}

function namesOf(baselines: readonly Baseline[]): string[] {
  return baselines.map(({ name }) => name);
}
