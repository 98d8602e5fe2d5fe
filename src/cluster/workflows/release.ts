/** Implements `pommgr cluster release`: the owner gives the cluster back before every node is done. */
import { PommgrError } from '../../core/domain/errors.ts';
import { entriesOf } from '../../core/domain/named.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readRollout } from '../adapters/cluster-facts.ts';
import { usualClusterFiles } from '../adapters/cluster-files.ts';
import { removeRollout } from '../adapters/rollout-file.ts';
import { unfinishedNodes, type Rollout } from '../domain/rollout.ts';
import { unknownRollout } from './cluster-status.ts';
import { recordStep } from './record-step.ts';

export interface ReleaseOptions {
  owner: string;
  takeOver: boolean;
  store?: string | undefined;
  clusterFiles?: string;
  context: Context;
}

export interface ReleaseReport {
  /** The rollout that ended; null where nobody held the cluster. */
  released: { id: string; owner: string; done: string[] } | null;
}

/** @throws PommgrError `state.rollout` where another owner holds the cluster, or a node is unfinished. */
export async function release(options: ReleaseOptions): Promise<ReleaseReport> {
  const { owner, takeOver, store, context, clusterFiles = usualClusterFiles } = options;
  const fact = await readRollout({ now: context.now, signal: context.signal, clusterFiles });
  if (!fact.isKnown) throw unknownRollout(fact);
  const { value: judged } = fact;
  if (judged === null) return { released: null };
  checkRelease(judged, { owner, takeOver });
  await recordStep({
    ...{ judged, next: { ...judged, owner }, isNew: false, step: 'release', node: null },
    ...{ time: formatTime(context.now()), checks: [], facts: null, plan: null, store, logFiles: [] },
    commit: () => removeRollout(clusterFiles, judged),
  });
  const done = entriesOf(judged.nodes).map(([node]) => node);
  return { released: { id: judged.id, owner: judged.owner, done } };
}

function checkRelease(held: Rollout, { owner, takeOver }: { owner: string; takeOver: boolean }): void {
  const open = unfinishedNodes(held);
  if (open.length > 0) {
    throw refused(`${open.join(', ')} is unfinished: it was begun and is not proven back.`, [
      `Finish it: "pommgr cluster gate --node ${open[0]} --before next --record" says what it lacks.`,
    ]);
  }
  if (held.owner !== owner && !takeOver) {
    throw refused(`The cluster is held by ${held.owner}, not by ${owner}.`, [
      'Ask that operator. Where the run has died, add --take-over.',
    ]);
  }
}

function refused(message: string, hints: string[]): PommgrError {
  return new PommgrError('state.rollout', message, { hints });
}
