/** Reads from a report's data what an approver is shown before the question: the rest is in the page. */
import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../../core/domain/document.ts';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { sha256Schema } from '../../core/domain/digest.ts';

const reportedBaselineSchema = z.object({ name: baselineNameSchema, digest: sha256Schema });

/** Other members belong to the page. */
export const reportSummarySchema = z.object({
  schema: z.literal('pommgr/report/v1'),
  baseline: reportedBaselineSchema,
  /** `nothing`: it lists all that the baseline has. */
  comparedWith: z.enum(['hosts', 'baseline', 'nothing']),
  /** The other baseline; null where the report compares with none. */
  since: reportedBaselineSchema.nullable(),
  totals: z.object({
    sources: z.int().nonnegative(),
    added: z.int().nonnegative(),
    upgraded: z.int().nonnegative(),
    downgraded: z.int().nonnegative(),
    removed: z.int().nonnegative(),
    cves: z.int().nonnegative(),
  }),
});
export type ReportSummary = z.infer<typeof reportSummarySchema>;

const reportSummaryKind: DocumentKind<ReportSummary> = { noun: 'report', schema: reportSummarySchema };

/** @throws PommgrError `config.document` for anything else. */
export function readReportSummary(bytes: Buffer, where: string): ReportSummary {
  return parseDocument(bytes.toString('utf8'), reportSummaryKind, where);
}
