/**
 * Defines `upgrade.json` of the store: written before a stage of a major upgrade is switched to, removed when the stage
 * is done. Where the host is follows from the host itself; this tells what cannot be read there.
 */
import { z } from 'zod';
import type { DocumentKind } from '../../core/domain/document.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';

export const upgradeJournalSchema = z.strictObject({
  schema: z.literal('pommgr/upgrade-journal/v1'),
  started: timeSchema,
  baseline: z.strictObject({ name: baselineNameSchema, digest: sha256Schema }),
  /** Name of the way; null for a switch by `apply --upgrade-release` to a bundle without ways. */
  way: z.string().nullable(),
  /** Name of the stage's target. */
  target: z.string(),
  /** Debian release of the target. */
  codename: z.string(),
  /** Findings that the operator accepted, by id, sorted. */
  accepted: z.array(z.string()),
  /** Log of the last upgrade that pommgr itself ran (a path of the host's own); null where it ran none. */
  log: z.string().startsWith('/').nullable(),
});
export type UpgradeJournal = z.infer<typeof upgradeJournalSchema>;

export const upgradeJournalKind: DocumentKind<UpgradeJournal> = {
  noun: 'upgrade-journal',
  schema: upgradeJournalSchema,
};
