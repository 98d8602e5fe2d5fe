/**
 * Defines what a store has applied, pinned and known: `state.json`. Invariant: it is the commit point of every change,
 * and its audit head covers the log (audit-record.ts).
 */
import { namedSchema, namedOf } from '../../core/domain/named.ts';
import { z } from 'zod';
import { baselineNameSchema, trackSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

/** Exceptional decisions, recorded in the log. */
export const decisionSchema = z.enum([
  'accept-gaps',
  'accept-sequence',
  'allow-downgrades',
  'allow-older',
  'allow-removals',
  'remove-foreign',
  'switch-track',
  'trust-expired-upstream',
  'trust-new-signer',
  'upgrade-release',
]);
export type Decision = z.infer<typeof decisionSchema>;

export const appliedSchema = z.strictObject({
  /** The n in `applied/<n>`. */
  number: z.int().positive(),
  baseline: baselineNameSchema,
  digest: sha256Schema,
  track: trackSchema,
  sequence: z.int().positive(),
  /** Name of the target. */
  target: z.string(),
  since: timeSchema,
});
export type Applied = z.infer<typeof appliedSchema>;

/** A baseline that was applied before the current one. */
export const formerSchema = appliedSchema.omit({ number: true });
export type Former = z.infer<typeof formerSchema>;

/** Which packages pins hold: the installed ones, those of Proxmox's repositories, or all. */
export const pinScopeSchema = z.enum(['installed', 'proxmox', 'all']);
export type PinScope = z.infer<typeof pinScopeSchema>;

/** Pins are for the candidates of `baseline`, which need not be the applied one. */
export const pinsSchema = z.strictObject({ scope: pinScopeSchema, baseline: baselineNameSchema });
export type Pins = z.infer<typeof pinsSchema>;

/** A sources file of the host that apt no longer reads. Paths are the host's own, absolute. */
export const setAsideSchema = z.strictObject({
  path: z.string().startsWith('/'),
  disabledPath: z.string().startsWith('/'),
  /** `divert` for a package's conffile. */
  method: z.enum(['divert', 'rename']),
  /** SHA-256 of its content when it was set aside. */
  sha256: sha256Schema,
  /** The file was not there yet: a package of an upgrade brings it, and dpkg unpacks it aside. */
  isAwaited: z.literal(true).optional(),
});
export type SetAside = z.infer<typeof setAsideSchema>;

/** End of the audit log: bytes beyond `sizeBytes` were never committed. */
export const auditHeadSchema = z.strictObject({
  records: z.int().nonnegative(),
  sizeBytes: z.int().nonnegative(),
  /** SHA-256 of the last line with its newline; 64 zeros for an empty log. */
  sha256: sha256Schema,
});
export type AuditHead = z.infer<typeof auditHeadSchema>;

export const storeStateSchema = z.strictObject({
  schema: z.literal('pommgr/store-state/v1'),
  /** The highest n of `applied/<n>` ever used. */
  lastNumber: z.int().nonnegative(),
  applied: appliedSchema.nullable(),
  /** Target that `--target` named last; null where none was ever named. */
  chosenTarget: z.string().nullable(),
  /** Baselines applied before, the oldest first: `rollback` returns to the last. */
  history: z.array(formerSchema),
  pins: pinsSchema.nullable(),
  /** Highest sequence ever applied, by track. */
  highest: namedSchema(trackSchema, z.int().positive()),
  /** Digest of every baseline ever stored, by name. */
  known: namedSchema(baselineNameSchema, sha256Schema),
  /** Those that were removed since. */
  removed: z.array(baselineNameSchema),
  /** Addresses of the stores of other hosts that hold the baselines, each without a trailing slash. */
  remotes: namedSchema(baselineNameSchema, z.string()),
  setAside: z.array(setAsideSchema),
  audit: auditHeadSchema,
});
export type StoreState = z.infer<typeof storeStateSchema>;

export const storeStateKind: DocumentKind<StoreState> = { noun: 'store-state', schema: storeStateSchema };

export const emptyStoreState: StoreState = {
  schema: 'pommgr/store-state/v1',
  lastNumber: 0,
  applied: null,
  chosenTarget: null,
  history: [],
  pins: null,
  highest: namedOf([]),
  known: namedOf([]),
  removed: [],
  remotes: namedOf([]),
  setAside: [],
  audit: { records: 0, sizeBytes: 0, sha256: '0'.repeat(64) },
};
