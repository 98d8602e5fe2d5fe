/** The outcome of `audit verify` for people. */
import type { AuditVerification } from '../domain/audit-verification.ts';
import { formatCount } from '../../core/ui/format.ts';

export function auditText({ file, records, problems }: AuditVerification): string {
  if (problems.length === 0) return `${file}: ${formatCount(records, 'record')}, all as they were written.`;
  return [
    `${file} is not what was written:`,
    ...problems.map(({ line, what }) => `  line ${line}: ${what}`),
  ].join('\n');
}
