/**
 * Holds a fact of a cluster: what one source answered, and when it was asked. Invariant: an answer that does not have
 * exactly the expected shape is unknown, and so is one that is older than a minute.
 */
import type { z } from 'zod';
import { issuesText } from '../../core/domain/document.ts';

export type Fact<T> =
  | { isKnown: true; source: string; at: string; value: T }
  | { isKnown: false; source: string; why: string };

/** The raw answer of a source. */
export type Answer =
  | { source: string; at: string; text: string }
  | { source: string; at: string; failure: string };

/** All facts are queried at once, and judged at once. */
const longestAgeSeconds = 60;
/** Clocks of the nodes of a cluster differ by less: corosync and Ceph need that, too. */
export const clockToleranceSeconds = 5;

/** Reads JSON; `text` of other forms is read by `parse`. */
export function jsonFact<T>(answer: Answer, schema: z.ZodType<T>): Fact<T> {
  return readFact(answer, (text) => {
    const result = schema.safeParse(JSON.parse(text));
    if (result.success) return result.data;
    throw new SyntaxError(issuesText(result.error));
  });
}

/** `parse` throws for what it does not understand. */
export function readFact<T>(answer: Answer, parse: (text: string) => T): Fact<T> {
  const { source, at } = answer;
  if ('failure' in answer) return { isKnown: false, source, why: answer.failure };
  try {
    return { isKnown: true, source, at, value: parse(answer.text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { isKnown: false, source, why: `its answer is not understood: ${error.message}` };
  }
}

export function unknownFact<T>(source: string, why: string): Fact<T> {
  return { isKnown: false, source, why };
}

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
