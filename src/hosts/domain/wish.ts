/**
 * Defines wishes: packages that somebody at an offline host requests. Names are checked; texts are single lines of
 * limited length.
 */
import { z } from 'zod';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { packageNamePattern } from '../../apt/domain/package-entry.ts';

const lineSchema = z
  .string()
  .max(200)
  .regex(/^[^\p{C}\u2028\u2029]*$/u, 'expected one line of text');

export const wishSchema = z.strictObject({
  package: z.string().max(200).regex(packageNamePattern, 'expected the name of a Debian package'),
  /** Whoever asked, as they named themselves. */
  who: lineSchema,
  why: lineSchema,
  time: timeSchema,
});
export type Wish = z.infer<typeof wishSchema>;

/** More would be a list of packages to install, which belongs in the config. */
export const maxWishes = 100;

export const wishesSchema = z.array(wishSchema).max(maxWishes);

/** What a host still waits for: `<store>/wishes.json`. */
export const pendingWishesKind: DocumentKind<{ schema: 'pommgr/wishes/v1'; wishes: Wish[] }> = {
  noun: 'wishes',
  schema: z.strictObject({ schema: z.literal('pommgr/wishes/v1'), wishes: wishesSchema }),
};

export const acceptedWishSchema = wishSchema.extend({
  /** The host that asked: its name, and the fingerprint of the key that signed its report. */
  host: z.strictObject({ name: lineSchema, id: sha256Schema }),
  accepted: timeSchema,
});
export type AcceptedWish = z.infer<typeof acceptedWishSchema>;

/** Requests that the online side accepted: `<stateDir>/accepted-wishes.json`. */
export const acceptedWishesKind: DocumentKind<{
  schema: 'pommgr/accepted-wishes/v1';
  wishes: AcceptedWish[];
}> = {
  noun: 'accepted-wishes',
  schema: z.strictObject({
    schema: z.literal('pommgr/accepted-wishes/v1'),
    wishes: z.array(acceptedWishSchema),
  }),
};

/** One wish a package, the newest; sorted by package. */
export function mergeWishes(...lists: readonly (readonly Wish[])[]): Wish[] {
  const byPackage = new Map<string, Wish>();
  for (const wish of lists.flat()) {
    const known = byPackage.get(wish.package);
    if (known === undefined || compareText(known.time, wish.time) < 0) byPackage.set(wish.package, wish);
  }
  return [...byPackage.values()].toSorted((a, b) => compareText(a.package, b.package));
}
