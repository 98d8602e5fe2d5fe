/**
 * Holds a fact about a machine: what one source answered, and when it was asked. Invariant: an answer that does not
 * have exactly the expected shape is unknown.
 */
import type { z } from 'zod';
import { issuesText } from './document.ts';

export type Fact<T> =
  | { isKnown: true; source: string; at: string; value: T }
  | { isKnown: false; source: string; why: string };

/** The raw answer of a source. */
export type Answer =
  | { source: string; at: string; text: string }
  | { source: string; at: string; failure: string };

/** Reads JSON; `text` of other forms is read by `parse`. */
export function jsonFact<T>(answer: Answer, schema: z.ZodType<T>): Fact<T> {
  return readFact(answer, (text) => parseJson(text, schema));
}

/** @throws SyntaxError for anything but JSON of that shape. */
export function parseJson<T>(text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new SyntaxError(issuesText(result.error));
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
