/** Records changes of a store: the lines of `audit.jsonl`, each with the digest of the previous one. */
import { z } from 'zod';
import { subscriptionProductSchema } from '../../config/domain/subscription-key.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex, sha256Schema } from '../../core/domain/digest.ts';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { decisionSchema, type AuditHead } from './store-state.ts';

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
    'refuse',
    'upgrade',
    'upgraded',
  ]),
  /** Null where none is concerned. */
  baseline: baselineNameSchema.nullable(),
  digest: sha256Schema.nullable(),
  /** Null where no target is concerned. */
  target: z.string().nullable(),
  /** Address of the store in which an imported baseline stays. */
  from: z.string().optional(),
  /** Product whose subscription key was activated. */
  product: subscriptionProductSchema.optional(),
  /** Code of the error for which an unapproved bundle was refused. */
  reason: z.string().optional(),
  /** Fingerprints of the approvers whose approvals counted. */
  approvedBy: z.array(sha256Schema).optional(),
  decisions: z.array(decisionSchema),
  /** Findings that the operator accepted at a stage of a major upgrade, by id. */
  accepted: z.array(z.string()).optional(),
  /** SHA-256 of the previous line, with its newline. */
  previous: sha256Schema,
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;
export type AuditEntry = Omit<AuditRecord, 'schema' | 'number' | 'previous'>;

/** Returns the line that continues the log after `head`, and the new head. */
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
