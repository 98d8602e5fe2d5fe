/** Decides which baselines and snapshots may be removed. Invariant: snapshots that a kept baseline uses stay. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface RemovalPlan {
  /** Sorted by track and sequence. */
  baselines: Baseline[];
  /** Snapshots that only they use; sorted. */
  snapshots: { mirror: string; snapshot: string }[];
}

/**
 * Returns what is removed with the named baselines; `all` are those of every track, by track and sequence.
 * @throws PommgrError `config.baseline` for a name that is not there, `refused.newest` for the newest of a track.
 */
export function planRemoval(
  all: readonly Baseline[],
  names: readonly string[],
  { allowNewest }: { allowNewest: boolean },
): RemovalPlan {
  for (const name of names) {
    const baseline = all.find((one) => one.name === name);
    if (baseline === undefined) throw unknown(name, all);
    const newest = all.findLast(({ track }) => track === baseline.track);
    if (newest?.name === name && !allowNewest) throw isNewest(baseline);
  }
  const baselines = all.filter(({ name }) => names.includes(name));
  const kept = all.filter(({ name }) => !names.includes(name));
  return { baselines, snapshots: unusedSnapshots(baselines, kept) };
}

/** Returns the snapshots of the removed baselines that no kept one uses. */
export function unusedSnapshots(
  removed: readonly Baseline[],
  kept: readonly Baseline[],
): RemovalPlan['snapshots'] {
  const used = new Set(kept.flatMap((baseline) => baseline.snapshots.map(snapshotText)));
  const unused = new Map(
    removed
      .flatMap((baseline) => baseline.snapshots)
      .filter((record) => !used.has(snapshotText(record)))
      .map(({ mirror, snapshot }) => [snapshotText({ mirror, snapshot }), { mirror, snapshot }]),
  );
  return [...unused].toSorted(([a], [b]) => compareText(a, b)).map(([, snapshot]) => snapshot);
}

/** Returns the names of the track's baselines beyond the newest `keep`, oldest first. */
export function beyondRetention(all: readonly Baseline[], track: string, keep: number): string[] {
  const ofTrack = all.filter((baseline) => baseline.track === track);
  return ofTrack.slice(0, Math.max(0, ofTrack.length - keep)).map(({ name }) => name);
}

/**
 * Returns, by name, who needs each baseline, in words: hosts that have it applied, and the newest delta of its track.
 */
export function reasonsToKeep({
  hosts,
  deltas,
}: {
  hosts: readonly { name: string; id: string; applied: string | null }[];
  deltas: readonly { bundle: string; base: string }[];
}): Map<string, string> {
  const reasons = new Map<string, string>();
  const add = (baseline: string, reason: string): void => {
    const before = reasons.get(baseline);
    reasons.set(baseline, before === undefined ? reason : `${before}; ${reason}`);
  };
  for (const { name, id, applied } of hosts) {
    if (applied !== null) add(applied, `host ${name === '' ? id.slice(0, 16) : name} has it applied`);
  }
  for (const { bundle, base } of deltas) add(base, `the delta ${bundle} builds on it`);
  return reasons;
}

function snapshotText({ mirror, snapshot }: { mirror: string; snapshot: string }): string {
  return `${mirror}/${snapshot}`;
}

function unknown(name: string, all: readonly Baseline[]): PommgrError {
  const names = all.map((baseline) => baseline.name);
  return new PommgrError('config.baseline', `There is no baseline ${name}.`, {
    hints: [names.length === 0 ? 'There is none at all.' : `There are: ${names.slice(-10).join(', ')}.`],
    details: { name },
  });
}

function isNewest({ name, track }: Baseline): PommgrError {
  return new PommgrError('refused.newest', `${name} is the newest baseline of the track ${track}.`, {
    hints: [
      'Make a newer one with "pommgr snapshot" first, or give --allow-newest if it must go.',
      'Its number is not given out again.',
    ],
    details: { name, track },
  });
}
