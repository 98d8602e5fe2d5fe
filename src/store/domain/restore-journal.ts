/**
 * Defines `restore.json` of the store: written before a restore changes the first package, removed after the last. It
 * holds the goal, because packages and their marks change once the work has begun.
 */
import { z } from 'zod';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { markedPackageSchema } from '../../apt/domain/host-lock.ts';

export const restoreJournalSchema = z.strictObject({
  schema: z.literal('pommgr/restore-journal/v1'),
  started: timeSchema,
  baseline: z.strictObject({ name: baselineNameSchema, digest: sha256Schema }),
  target: z.string(),
  /** SHA-256 of the lock's canonical text; null without a lock. */
  lockDigest: sha256Schema.nullable(),
  goal: z.array(markedPackageSchema),
});
export type RestoreJournal = z.infer<typeof restoreJournalSchema>;

export const restoreJournalKind: DocumentKind<RestoreJournal> = {
  noun: 'restore-journal',
  schema: restoreJournalSchema,
};
