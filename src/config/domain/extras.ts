/**
 * Defines extras: files of the operator's own that travel with a bundle (an installer, container templates, firmware).
 * Invariant: their names are valid on FAT, they are never executed, and they are not part of a baseline's digest.
 */
import { z } from 'zod';
import { compareText } from '../../core/domain/canonical-json.ts';
import { objectFactSchema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

const reservedPattern = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** A file name that every file system accepts, and that has no special meaning to a shell or terminal. */
export const extraNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}(?<!\.)$/,
    'expected at most 128 letters, digits, dots, hyphens, plus signs or underscores, not beginning or ending with a dot',
  )
  .refine((name) => !reservedPattern.test(name), 'expected a name that Windows does not reserve');

export const extraSchema = objectFactSchema.extend({ name: extraNameSchema });
export type Extra = z.infer<typeof extraSchema>;

/** As bundle.json and the store's record have them. */
export const extrasSchema = z.array(extraSchema).refine(isInOrder, 'expected unique names, sorted');

export const storedExtrasSchema = z.strictObject({
  schema: z.literal('pommgr/stored-extras/v1'),
  extras: extrasSchema,
});
export type StoredExtras = z.infer<typeof storedExtrasSchema>;

/** `extras/extras.json` of a stored baseline. */
export const storedExtrasKind: DocumentKind<StoredExtras> = {
  noun: 'stored-extras',
  schema: storedExtrasSchema,
};

export function sortExtras<T extends { name: string }>(extras: readonly T[]): T[] {
  return extras.toSorted((a, b) => compareText(a.name, b.name));
}

/** Merges the extras of a baseline with those of another bundle of it: of one name, the later one wins. */
export function mergeExtras(before: readonly Extra[], added: readonly Extra[]): Extra[] {
  const others = before.filter(({ name }) => !added.some((extra) => folded(extra.name) === folded(name)));
  return sortExtras([...others, ...added]);
}

/** Two names that FAT treats as equal are equal. */
export function folded(name: string): string {
  return name.toLowerCase();
}

function isInOrder(extras: readonly Extra[]): boolean {
  const isSorted = extras.every(
    ({ name }, index) => index === 0 || compareText(extras[index - 1]?.name ?? '', name) < 0,
  );
  return isSorted && new Set(extras.map(({ name }) => folded(name))).size === extras.length;
}
