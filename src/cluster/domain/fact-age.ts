/** Judges the age of facts of a cluster. Invariant: what is older than a minute is unknown. */
import type { Fact } from '../../core/domain/fact.ts';

/** All facts are queried at once, and judged at once. */
const longestAgeSeconds = 60;
/** Clocks of the nodes of a cluster differ by less: corosync and Ceph need that, too. */
export const clockToleranceSeconds = 5;

/** Returns why a fact does not count now; undefined for one that does. */
export function staleness(fact: Fact<unknown>, now: Date): string | undefined {
  if (!fact.isKnown) return `${fact.source}: ${fact.why}`;
  return ageProblem(fact.source, (now.getTime() - Date.parse(fact.at)) / 1000);
}

/** The same for times that stand in an answer, e.g. of the HA managers. */
export function ageProblem(what: string, ageSeconds: number): string | undefined {
  if (!Number.isFinite(ageSeconds)) return `${what}: it has no time`;
  if (ageSeconds > longestAgeSeconds) return `${what}: it is ${Math.round(ageSeconds)} seconds old`;
  if (ageSeconds < -clockToleranceSeconds) return `${what}: its time is in the future`;
  return undefined;
}
