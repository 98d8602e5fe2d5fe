/**
 * The store's own records: what is applied (`state.json`), what is under way (`journal.json`), what was done
 * (`audit.jsonl`). Invariant: `state.json` is the commit point of every change; its audit head covers the log.
 */
import { z } from 'zod';
import { baselineNameSchema, timeSchema, trackSchema } from './baseline.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256Hex, sha256Schema } from './digest.ts';
import type { DocumentKind } from './document.ts';

/** What was decided beyond the ordinary, for the record. */
export const decisionSchema = z.enum(['allow-older', 'switch-track', 'trust-new-signer']);
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
  /** The highest sequence ever applied, by track. */
  highest: z.record(trackSchema, z.int().positive()),
  /** Digest of every baseline ever stored, by name. */
  known: z.record(baselineNameSchema, sha256Schema),
  setAside: z.array(setAsideSchema),
  audit: auditHeadSchema,
});
export type StoreState = z.infer<typeof storeStateSchema>;

export const storeStateKind: DocumentKind<StoreState> = { noun: 'store-state', schema: storeStateSchema };

export const emptyStoreState: StoreState = {
  schema: 'pommgr/store-state/v1',
  lastNumber: 0,
  applied: null,
  highest: {},
  known: {},
  setAside: [],
  audit: { records: 0, sizeBytes: 0, sha256: '0'.repeat(64) },
};

const importOperationSchema = z.strictObject({
  kind: z.literal('import'),
  baseline: baselineNameSchema,
  digest: sha256Schema,
});

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

/** One operation under way, with what is needed to undo it, or to finish it once the state says it is done. */
export const journalSchema = z.strictObject({
  schema: z.literal('pommgr/journal/v1'),
  started: timeSchema,
  operation: z.discriminatedUnion('kind', [importOperationSchema, switchOperationSchema]),
});
export type Journal = z.infer<typeof journalSchema>;

export const journalKind: DocumentKind<Journal> = { noun: 'journal', schema: journalSchema };

export const auditRecordSchema = z.strictObject({
  schema: z.literal('pommgr/audit-record/v1'),
  /** From 1, without gaps. */
  number: z.int().positive(),
  time: timeSchema,
  user: z.string(),
  action: z.enum(['import', 'apply', 'undo']),
  baseline: baselineNameSchema,
  digest: sha256Schema,
  /** Null where no target is concerned. */
  target: z.string().nullable(),
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
