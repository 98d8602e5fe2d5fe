/**
 * Describes the operation in progress in a store: `journal.json`, written before the first change and removed after the
 * last.
 */
import { z } from 'zod';
import { subscriptionProductSchema } from '../../config/domain/subscription-key.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { appliedSchema, setAsideSchema } from './store-state.ts';

const importOperationSchema = z.strictObject({
  kind: z.literal('import'),
  baseline: baselineNameSchema,
  digest: sha256Schema,
  /** Address of the store in which it stays: only its documents are kept. Absent for a baseline that is kept whole. */
  from: z.string().optional(),
});

export type ImportOperation = z.infer<typeof importOperationSchema>;

const switchOperationSchema = z.strictObject({
  kind: z.literal('switch'),
  next: appliedSchema,
  /** What `current` named before; null when there was no `current`. */
  previousNumber: z.int().positive().nullable(),
  /** Whether our links were in /etc/apt before the operation. */
  hadLinks: z.boolean(),
  /** Files that this switch sets aside, in addition to those in the state. */
  setAside: z.array(setAsideSchema),
});
export type SwitchOperation = z.infer<typeof switchOperationSchema>;

const detachOperationSchema = z.strictObject({
  kind: z.literal('detach'),
  applied: appliedSchema.nullable(),
  /** Files that are put back. */
  setAside: z.array(setAsideSchema),
  /** Files that were set aside from a place to which another one returns: they stay beside it. Host's paths. */
  kept: z.array(z.strictObject({ from: z.string().startsWith('/'), to: z.string().startsWith('/') })),
  /** Whether the store and the audit log are removed, too. */
  purge: z.boolean(),
});
export type DetachOperation = z.infer<typeof detachOperationSchema>;

const activateOperationSchema = z.strictObject({
  kind: z.literal('activate'),
  product: subscriptionProductSchema,
  /** Number of records in the audit log before the operation; one more means that it is done. */
  records: z.int().nonnegative(),
});
export type ActivateOperation = z.infer<typeof activateOperationSchema>;

const removeOperationSchema = z.strictObject({
  kind: z.literal('remove'),
  /** Baselines kept whole or as documents only; the state decides whether the removal is committed. */
  baselines: z.array(baselineNameSchema).min(1),
});
export type RemoveOperation = z.infer<typeof removeOperationSchema>;

/** One operation in progress, with what is needed to undo it, or to finish it once the state says that it is done. */
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

/** Returns the baseline of an operation; null for a detach where none is applied, and for an activation. */
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

/** Returns the phrase `the import of pve9-prod-3` for messages about an interrupted run. */
export function operationText(kind: Journal['operation']['kind'], baseline: string | null): string {
  if (kind === 'activate') return 'the activation of a subscription key';
  return `the ${kind === 'remove' ? 'removal' : kind} of ${baseline ?? 'the store'}`;
}

export const journalKind: DocumentKind<Journal> = { noun: 'journal', schema: journalSchema };
