/** Defines what `verify` found in `approvals/` of a medium. */

export interface ApprovalVerification {
  bundle: string;
  /** How many approvals count here, and how many this machine requires; null where it requires none. */
  counted: number;
  threshold: number | null;
  /** By approvers whose keys this machine has. */
  statements: VerifiedStatement[];
  /** Ids of other keys that made statements. */
  unknown: string[];
}

export interface VerifiedStatement {
  file: string;
  decision: 'approve' | 'withdraw';
  /** Fingerprint. */
  approver: string;
  by: string;
  at: string;
  /** Null for a withdrawal. */
  until: string | null;
  /** Null where they are too long for the statement, and not beside it. */
  words: string | null;
  /** Why it does not count; null where it does, or is a withdrawal. */
  objection: string | null;
}
