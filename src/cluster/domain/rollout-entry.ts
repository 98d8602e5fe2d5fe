/** Makes the entry of a rollout's record from a gate's go. Invariant: it holds the facts that were judged, and no more. */
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import { namedOf } from '../../core/domain/named.ts';
import type { RolloutEntry } from '../../hosts/domain/rollout-entry.ts';
import type { Check, GateFacts } from './check.ts';
import type { ClusterPlan } from './plan.ts';
import type { Rollout } from './rollout.ts';

export interface EntryParts {
  /** The rollout before and after the go. */
  judged: Rollout | null;
  next: Rollout;
  isNew: boolean;
  time: string;
  host: RolloutEntry['host'];
  step: RolloutEntry['step'];
  node: string | null;
  checks: readonly Check[];
  /** Null for a release, which judges nothing but the rollout. */
  facts: GateFacts | null;
  plan: ClusterPlan | null;
  logs: readonly (ObjectFact & { name: string })[];
  pommgrVersion: string;
}

export function rolloutEntry(parts: EntryParts): RolloutEntry {
  const { judged, next, isNew, time, host, step, node, checks, facts, plan, logs, pommgrVersion } = parts;
  const record = isNew ? null : (judged?.record ?? null);
  const isTaken = !isNew && judged !== null && judged.owner !== next.owner;
  return {
    schema: 'pommgr/rollout-entry/v1',
    ...{ rollout: next.id, number: (record?.entries ?? 0) + 1, previous: record?.sha256 ?? null },
    ...{ time, host, owner: next.owner, takenOverFrom: isTaken ? judged.owner : null, step, node },
    checks: checks.map(({ gate, ok, seen, enough }) => ({ gate, ok, seen, enough })),
    facts: facts === null ? namedOf([]) : recordedFacts(facts),
    plan: asJson(plan),
    logs: [...logs],
    pommgrVersion,
  };
}

/** Configurations of guests may hold what is nobody's business, so their digests stand for them. */
function recordedFacts({ now, guestConfigs, ...facts }: GateFacts): RolloutEntry['facts'] {
  const guests = guestConfigs.isKnown
    ? {
        ...guestConfigs,
        value: Object.fromEntries([...guestConfigs.value].map(([vmid, text]) => [vmid, sha256Hex(text)])),
      }
    : guestConfigs;
  return namedOf(
    Object.entries({ ...facts, guestConfigs: guests, now: now.toISOString() }).map(([name, fact]) => [
      name,
      asJson(fact),
    ]),
  );
}

/** Maps become objects, sets become lists. */
function asJson(value: unknown): RolloutEntry['plan'] {
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) => {
      if (member instanceof Map) return Object.fromEntries(member as Map<string, unknown>);
      return member instanceof Set ? [...(member as Set<unknown>)] : member;
    }),
  ) as RolloutEntry['plan'];
}
