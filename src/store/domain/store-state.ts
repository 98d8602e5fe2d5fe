/**
 * The store's own records: what is applied (`state.json`), what is under way (`journal.json`), what was done
 * (`audit.jsonl`). Invariant: `state.json` is the commit point of every change; its audit head covers the log.
 */
import { namedSchema, namedOf } from '../../core/domain/named.ts';
import { z } from 'zod';
import { baselineNameSchema, trackSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex, sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { subscriptionProductSchema } from '../../config/domain/subscription-key.ts';

/** What was decided beyond the ordinary, for the record. */
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
]);
export type Decision = z.infer<typeof decisionSchema>;

export const appliedSchema = z.strictObject({
  /** n of `applied/<n>`. */
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

/** A baseline that was applied before the present one. */
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
  /** Of its content when it was set aside. */
  sha256: sha256Schema,
});
export type SetAside = z.infer<typeof setAsideSchema>;

/** The end of the audit log: what lies beyond `sizeBytes` was never committed. */
export const auditHeadSchema = z.strictObject({
  records: z.int().nonnegative(),
  sizeBytes: z.int().nonnegative(),
  /** Of the last line with its newline; 64 zeros for an empty log. */
  sha256: sha256Schema,
});
export type AuditHead = z.infer<typeof auditHeadSchema>;

export const storeStateSchema = z.strictObject({
  schema: z.literal('pommgr/store-state/v1'),
  /** The highest n of `applied/<n>` ever used. */
  lastNumber: z.int().nonnegative(),
  applied: appliedSchema.nullable(),
  /** The target that `--target` named last; null where none was ever named. */
  chosenTarget: z.string().nullable(),
  /** What was applied before, the oldest first: `rollback` goes to the last. */
  history: z.array(formerSchema),
  pins: pinsSchema.nullable(),
  /** The highest sequence ever applied, by track. */
  highest: namedSchema(trackSchema, z.int().positive()),
  /** Digest of every baseline ever stored, by name. */
  known: namedSchema(baselineNameSchema, sha256Schema),
  /** Those of them that were removed since. */
  removed: z.array(baselineNameSchema),
  /** Of baselines that another host's store holds: that store's address, without a slash at its end. */
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

const importOperationSchema = z.strictObject({
  kind: z.literal('import'),
  baseline: baselineNameSchema,
  digest: sha256Schema,
  /** Address of the store that it stays in: only its documents are kept. Absent for one that is kept whole. */
  from: z.string().optional(),
});

export type ImportOperation = z.infer<typeof importOperationSchema>;

const switchOperationSchema = z.strictObject({
  kind: z.literal('switch'),
  next: appliedSchema,
  /** What `current` named before; null when there was no `current`. */
  previousNumber: z.int().positive().nullable(),
  /** Whether our links were in /etc/apt before. */
  hadLinks: z.boolean(),
  /** What this switch sets aside, in addition to what the state says. */
  setAside: z.array(setAsideSchema),
});
export type SwitchOperation = z.infer<typeof switchOperationSchema>;

const detachOperationSchema = z.strictObject({
  kind: z.literal('detach'),
  applied: appliedSchema.nullable(),
  /** What goes back to its place. */
  setAside: z.array(setAsideSchema),
  /** Files that were set aside of a place that another one goes back to: they stay beside it. Host's paths. */
  kept: z.array(z.strictObject({ from: z.string().startsWith('/'), to: z.string().startsWith('/') })),
  /** Whether the store and the audit log go, too. */
  purge: z.boolean(),
});
export type DetachOperation = z.infer<typeof detachOperationSchema>;

const activateOperationSchema = z.strictObject({
  kind: z.literal('activate'),
  product: subscriptionProductSchema,
  /** Records in the audit log before: with one more it is done. */
  records: z.int().nonnegative(),
});
export type ActivateOperation = z.infer<typeof activateOperationSchema>;

const removeOperationSchema = z.strictObject({
  kind: z.literal('remove'),
  /** Kept whole or as documents only; what the state says of them is the commit. */
  baselines: z.array(baselineNameSchema).min(1),
});
export type RemoveOperation = z.infer<typeof removeOperationSchema>;

/** One operation under way, with what is needed to undo it, or to finish it once the state says it is done. */
export const journalSchema = z.strictObject({
  schema: z.literal('pommgr/journal/v1'),
  started: timeSchema,
  operation: z.discriminatedUnion('kind', [
    importOperationSchema,
    switchOperationSchema,
    detachOperationSchema,
    activateOperationSchema,
    removeOperationSchema,
  ]),
});
export type Journal = z.infer<typeof journalSchema>;

/** The baseline that an operation is about; null for a detach where none is applied, and for an activation. */
export function operationBaseline(operation: Journal['operation']): string | null {
  switch (operation.kind) {
    case 'import':
      return operation.baseline;
    case 'switch':
      return operation.next.baseline;
    case 'detach':
      return operation.applied?.baseline ?? null;
    case 'activate':
      return null;
    case 'remove':
      return operation.baselines[0] ?? null;
  }
}

/** `the import of pve9-prod-3`, as it is said of a run that was interrupted. */
export function operationText(kind: Journal['operation']['kind'], baseline: string | null): string {
  if (kind === 'activate') return 'the activation of a subscription key';
  return `the ${kind === 'remove' ? 'removal' : kind} of ${baseline ?? 'the store'}`;
}

export const journalKind: DocumentKind<Journal> = { noun: 'journal', schema: journalSchema };

export const auditRecordSchema = z.strictObject({
  schema: z.literal('pommgr/audit-record/v1'),
  /** From 1, without gaps. */
  number: z.int().positive(),
  time: timeSchema,
  user: z.string(),
  action: z.enum([
    'import',
    'apply',
    'restore',
    'rollback',
    'pin',
    'unpin',
    'detach',
    'activate',
    'remove',
    'undo',
  ]),
  /** Null where none is concerned. */
  baseline: baselineNameSchema.nullable(),
  digest: sha256Schema.nullable(),
  /** Null where no target is concerned. */
  target: z.string().nullable(),
  /** Address of the store that an imported baseline stays in. */
  from: z.string().optional(),
  /** Whose subscription key was activated. */
  product: subscriptionProductSchema.optional(),
  decisions: z.array(decisionSchema),
  /** Of the line before, with its newline. */
  previous: sha256Schema,
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;
export type AuditEntry = Omit<AuditRecord, 'schema' | 'number' | 'previous'>;

/** The line that continues the log after `head`, and the head it leaves. */
export function chainAuditEntry(head: AuditHead, entry: AuditEntry): { line: string; head: AuditHead } {
  const record: AuditRecord = {
    ...entry,
    schema: 'pommgr/audit-record/v1',
    number: head.records + 1,
    previous: head.sha256,
  };
  const line = canonicalJson(record);
  return {
    line,
    head: {
      records: record.number,
      sizeBytes: head.sizeBytes + Buffer.byteLength(line),
      sha256: sha256Hex(line),
    },
  };
}
