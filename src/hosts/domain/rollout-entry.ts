/**
 * Defines an entry of a rollout's record: a statement of the host that judged a gate, signed with its receipt key, of
 * who was let do what, on what facts. Invariant: each entry names the digest of the one before, so none can be left out
 * or put in between.
 */
import { z } from 'zod';
import type { DocumentKind } from '../../core/domain/document.ts';
import { objectFactSchema, sha256Schema } from '../../core/domain/digest.ts';
import { namedSchema } from '../../core/domain/named.ts';
import { timeSchema } from '../../core/domain/time.ts';

/** When the rollout was begun, and digits that depend on its owner: `20261128T110000Z-0123456789abcdef`. */
export const rolloutIdSchema = z.string().regex(/^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}$/, 'expected a rollout');

const text = z.string().max(100_000);

export const rolloutEntrySchema = z.strictObject({
  schema: z.literal('pommgr/rollout-entry/v1'),
  rollout: rolloutIdSchema,
  number: z.int().positive().max(9999),
  /** SHA-256 of the entry before, as it is in its file; null for the first. */
  previous: sha256Schema.nullable(),
  time: timeSchema,
  /** The host that judged, and the fingerprint of the key that signs. */
  host: z.strictObject({ name: z.string().max(255), id: sha256Schema }),
  /** Who holds the cluster from then on. */
  owner: z.string().min(1).max(200),
  /** From whom the rollout was taken over; null where it was not. */
  takenOverFrom: z.string().max(200).nullable(),
  /** What was let go; `release` gives the cluster back. */
  step: z.enum(['drain', 'upgrade', 'reboot', 'next', 'release']),
  /** Null for a release. */
  node: z.string().max(255).nullable(),
  /** Every gate that was judged. */
  checks: z.array(z.strictObject({ gate: text, ok: z.boolean(), seen: text, enough: text })),
  /** What the gates judged by, by the name of the fact. */
  facts: namedSchema(z.string(), z.json()),
  /** The plan of the whole rollout, in its first entry. */
  plan: z.json(),
  /** Logs of what was done since the entry before; copies are on the host. */
  logs: z.array(objectFactSchema.extend({ name: z.string().min(1).max(255) })),
  pommgrVersion: z.string().max(100),
});
export type RolloutEntry = z.infer<typeof rolloutEntrySchema>;

export const rolloutEntryKind: DocumentKind<RolloutEntry> = {
  noun: 'rollout-entry',
  schema: rolloutEntrySchema,
};

/** `<key id>-0001-<first digits of its digest>.json` */
export function rolloutEntryName(
  keyId: string,
  { number, sha256 }: { number: number; sha256: string },
): string {
  return `${keyId}-${String(number).padStart(4, '0')}-${sha256.slice(0, 8)}.json`;
}

/** Returns undefined for a name that is not that of an entry. */
export function keyIdOfEntry(file: string): string | undefined {
  return /^([0-9a-f]{16})-[0-9]{4}-[0-9a-f]{8}\.json$/.exec(file)?.[1];
}
