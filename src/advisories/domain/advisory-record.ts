/**
 * The record of the security data that was taken with a baseline: `advisories/advisories.json` beside it, with the data
 * under their digests. Invariant: the digest of a baseline does not depend on it.
 */
import { z } from 'zod';
import { objectFactSchema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { advisoryFormatSchema, advisoryNameSchema } from '../../config/domain/advisory-settings.ts';

const advisoryDataSchema = z.strictObject({
  name: advisoryNameSchema,
  format: advisoryFormatSchema,
  /** Debian releases of the baseline's targets that it was taken for, sorted. */
  releases: z.array(z.string().min(1)).min(1),
  /** Where it came from: an address without a login, or the name of a file. */
  from: z.string(),
  /** When the data was made, as it says itself, its server or its file. */
  dated: timeSchema,
  taken: timeSchema,
  /** Issues of these releases in it. */
  issues: z.int().nonnegative(),
  /** As it came. */
  original: objectFactSchema,
  /** As it is kept: the same, or compressed by gzip. */
  kept: objectFactSchema,
  isCompressed: z.boolean(),
});
export type AdvisoryData = z.infer<typeof advisoryDataSchema>;

export const advisoryRecordSchema = z.strictObject({
  schema: z.literal('pommgr/advisories/v1'),
  /** In the order of the config. */
  data: z.array(advisoryDataSchema).min(1),
});
export type AdvisoryRecord = z.infer<typeof advisoryRecordSchema>;

export const advisoryRecordKind: DocumentKind<AdvisoryRecord> = {
  noun: 'advisories',
  schema: advisoryRecordSchema,
};

/** Directory beside a baseline's documents, and the record in it. */
export const advisoriesDirectoryName = 'advisories';
export const advisoryRecordName = 'advisories.json';

/** Whole days from one time to another; 0 where it is earlier. */
export function ageInDays(from: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(from)) / 86_400_000));
}
