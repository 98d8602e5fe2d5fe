/** Defines the findings of a check of the audit log. */
import type { AuditProblem } from './audit-check.ts';

export interface AuditVerification {
  /** The audit log. */
  file: string;
  records: number;
  /** Empty: the log is what was written. */
  problems: AuditProblem[];
}
