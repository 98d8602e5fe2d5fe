/**
 * Decides which baselines of a host's store may be removed: those that nothing on the host needs, and that are not
 * among the newest.
 */
import { withoutNames } from '../../core/domain/named.ts';
import type { StoreState } from './store-state.ts';

/** Why a baseline stays; the first reason that applies. */
export type KeepReason = 'applied' | 'rollback' | 'pins' | 'restore' | 'named' | 'newest';

export interface StoreGcPlan {
  /** By name. */
  kept: { name: string; why: KeepReason }[];
  removed: string[];
}

export interface StoreGcReport extends StoreGcPlan {
  store: string;
  dryRun: boolean;
  /** Files that are freed, or would be, because no other baseline has them. */
  freed: { files: number; sizeBytes: number };
}

/** `names` are all baselines in the store; `keep` is the minimum that stays for each track. */
export function planStoreGc(
  names: readonly string[],
  options: {
    state: StoreState;
    keep: number;
    /** Name of an interrupted restore. */
    restoring: string | undefined;
    /** Baselines that the operator named. */
    named: readonly string[];
  },
): StoreGcPlan {
  const { state, keep, restoring, named } = options;
  const newest = newestOfTracks(names, keep);
  const plan: StoreGcPlan = { kept: [], removed: [] };
  for (const name of names) {
    const reasons: Record<KeepReason, boolean> = {
      applied: state.applied?.baseline === name,
      rollback: state.history.at(-1)?.baseline === name,
      pins: state.pins?.baseline === name,
      restore: restoring === name,
      named: named.includes(name),
      newest: newest.has(name),
    };
    const why = (Object.keys(reasons) as KeepReason[]).find((reason) => reasons[reason]);
    if (why === undefined) plan.removed.push(name);
    else plan.kept.push({ name, why });
  }
  return plan;
}

function newestOfTracks(names: readonly string[], keep: number): Set<string> {
  const tracks = new Map<string, { name: string; sequence: number }[]>();
  for (const name of names) {
    const at = name.lastIndexOf('-');
    const track = name.slice(0, at);
    tracks.set(track, [...(tracks.get(track) ?? []), { name, sequence: Number(name.slice(at + 1)) }]);
  }
  return new Set(
    [...tracks.values()].flatMap((baselines) =>
      baselines
        .toSorted((a, b) => b.sequence - a.sequence)
        .slice(0, keep)
        .map(({ name }) => name),
    ),
  );
}

/** Returns the state after the removal: names and digests stay known, so that no other baseline may take a name. */
export function stateAfterRemoval(state: StoreState, removed: readonly string[]): StoreState {
  return {
    ...state,
    history: state.history.filter(({ baseline }) => !removed.includes(baseline)),
    removed: [...new Set([...state.removed, ...removed])].toSorted(),
    remotes: withoutNames(state.remotes, removed),
  };
}
