/** Computes the rollout that a go is written into. Invariant: only facts that the gates judged go into it. */
import { formatTime } from '../../core/domain/time.ts';
import type { GateFacts, GateQuestion } from './check.ts';
import { bootTime } from './node-gates.ts';
import { plannedState } from './planned-state.ts';
import { advance, isDone, type Rollout } from './rollout.ts';

export interface AfterGo {
  /** The rollout that was judged. */
  judged: Rollout | null;
  next: Rollout;
  /** Whether the go begins a rollout. */
  isNew: boolean;
}

/** Returns null where a fact is unknown that the rollout holds; no go is without them. */
export function rolloutAfterGo(
  facts: GateFacts,
  question: Omit<GateQuestion, 'hasForecast'> & { plannedVersion?: string | undefined },
): AfterGo | null {
  const { owner, node, before, plannedKernel, plannedVersion } = question;
  const { rollout, nodeStatus, clusterStatus, forecast, versions } = facts;
  if (!rollout.isKnown || !nodeStatus.isKnown || !clusterStatus.isKnown) return null;
  const isUpgrade = before === 'upgrade';
  if (isUpgrade && !(forecast.isKnown && versions.isKnown)) return null;
  const judged = rollout.value;
  const names = clusterStatus.value.nodes.map(({ name }) => name);
  const isNew = judged === null || (before === 'drain' && isDone(judged, names));
  const next = advance(isNew ? null : judged, {
    ...{ owner, node, before, plannedKernel, plannedVersion },
    now: formatTime(facts.now),
    booted: bootTime(nodeStatus.at, nodeStatus.value.uptime),
    planned:
      isUpgrade && forecast.isKnown && versions.isKnown
        ? plannedState(forecast.value, versions.value)
        : undefined,
  });
  return { judged, next, isNew };
}
