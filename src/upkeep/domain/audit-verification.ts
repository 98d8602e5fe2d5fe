/** What a check of the audit log found. */
import type { AuditProblem } from './audit-check.ts';

export interface AuditVerification {
  /** The audit log. */
  file: string;
  records: number;
  /** Empty: the log is what was written. */
  problems: AuditProblem[];
}
