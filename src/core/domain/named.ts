/**
 * Values by names that come from outside. A name may be `constructor` or `__proto__`: no object is indexed by it.
 * Invariant: only the functions here look into a Named; its type has no members, so that the compiler sees to that.
 */
import { z } from 'zod';
import { compareText } from './canonical-json.ts';

declare const values: unique symbol;

/** As JSON an object with the names as members. */
export interface Named<T> {
  readonly [values]: T;
}

/** In a document: an object whose members are named and valued so. */
export function namedSchema<T>(name: z.ZodType<string, string>, value: z.ZodType<T>): z.ZodType<Named<T>> {
  return z.record(name, value) as unknown as z.ZodType<Named<T>>;
}

export function namedOf<T>(entries: Iterable<readonly [string, T]>): Named<T> {
  const named = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) named[name] = value;
  return named as unknown as Named<T>;
}

/** Sorted by name. */
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
