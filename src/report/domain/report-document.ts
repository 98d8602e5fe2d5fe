/** The report as a file for programs: canonical JSON that names its schema. */
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import type { Report } from './report.ts';

/** The same report gives the same bytes. */
export function reportDocument(report: Report): string {
  return canonicalJson({ schema: 'pommgr/report/v1', ...report });
}
