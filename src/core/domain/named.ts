/**
 * Maps names from outside to values. A name may be `constructor` or `__proto__`, so no plain object is indexed by it.
 * Invariant: only the functions here look into a Named; its type has no members, so the compiler enforces that.
 */
import { z } from 'zod';
import { compareText } from './canonical-json.ts';

declare const values: unique symbol;

/** Becomes an object with the names as members in JSON. */
export interface Named<T> {
  readonly [values]: T;
}

/** Returns the schema of an object in a document with such names as members and such values. */
export function namedSchema<T>(name: z.ZodType<string, string>, value: z.ZodType<T>): z.ZodType<Named<T>> {
  return z.record(name, value) as unknown as z.ZodType<Named<T>>;
}

export function namedOf<T>(entries: Iterable<readonly [string, T]>): Named<T> {
  const named = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) named[name] = value;
  return named as unknown as Named<T>;
}

/** Returns the entries sorted by name. */
export function entriesOf<T>(named: Named<T>): [string, T][] {
  return Object.entries(named as unknown as Record<string, T>).toSorted(([a], [b]) => compareText(a, b));
}

export function valueOf<T>(named: Named<T>, name: string): T | undefined {
  return Object.hasOwn(named, name) ? (named as unknown as Record<string, T>)[name] : undefined;
}

export function withValue<T>(named: Named<T>, name: string, value: T): Named<T> {
  return namedOf([...entriesOf(named), [name, value]]);
}

export function withoutNames<T>(named: Named<T>, names: readonly string[]): Named<T> {
  return namedOf(entriesOf(named).filter(([name]) => !names.includes(name)));
}
