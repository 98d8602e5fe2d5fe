/**
 * Defines one check before and after a major upgrade: what was found, and what to do. Invariant: a check whose facts
 * are not all known is `unknown`, whatever the others say.
 */
import type { Product } from '../../../apt/domain/target.ts';
import type { Fact } from '../../../core/domain/fact.ts';
import type { Phase, UpgradeFacts } from './facts.ts';

export type Finding =
  | { verdict: 'pass' | 'unknown'; seen: string }
  | { verdict: 'warn' | 'fail'; seen: string; todo: string };

export interface UpgradeCheck {
  /** Stable: scripts and the audit log name a check by it. */
  id: string;
  title: string;
  phases: readonly Phase[];
  /** Hosts of other products do not have the check. Default: every host has it. */
  products?: readonly Product[];
  /** How to find out without pommgr. */
  byHand: string;
  judge: (facts: UpgradeFacts) => Finding;
}

export const before: readonly Phase[] = ['before'];
export const always: readonly Phase[] = ['before', 'after'];

export function pass(seen: string): Finding {
  return { verdict: 'pass', seen };
}

export function warn(seen: string, todo: string): Finding {
  return { verdict: 'warn', seen, todo };
}

export function fail(seen: string, todo: string): Finding {
  return { verdict: 'fail', seen, todo };
}

export function unknown(seen: string): Finding {
  return { verdict: 'unknown', seen };
}

type Values<Facts extends readonly Fact<unknown>[]> = {
  [Index in keyof Facts]: Facts[Index] extends Fact<infer Value> ? Value : never;
};

/** Judges values that are all known; otherwise the finding is `unknown` and names the reasons. */
export function known<const Facts extends readonly Fact<unknown>[]>(
  facts: Facts,
  judge: (...values: Values<Facts>) => Finding,
): Finding {
  const reasons = facts.flatMap((fact) => (fact.isKnown ? [] : [`${fact.source}: ${fact.why}`]));
  if (reasons.length > 0) return unknown([...new Set(reasons)].join('; '));
  return judge(...(facts.map((fact) => (fact.isKnown ? fact.value : undefined)) as Values<Facts>));
}

/** Returns a fact made of another; what `parse` throws a SyntaxError for is unknown. */
export function mapFact<T, U>(fact: Fact<T>, parse: (value: T) => U): Fact<U> {
  if (!fact.isKnown) return fact;
  const { source, at } = fact;
  try {
    return { isKnown: true, source, at, value: parse(fact.value) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { isKnown: false, source, why: `its answer is not understood: ${error.message}` };
  }
}

/** Formats names as `a, b and 3 more`. */
export function listed(names: readonly string[], most = 8): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}
