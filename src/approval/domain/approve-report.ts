/** Defines the report of `approve`, and what an approver is shown before the question. */
import type { ReportSummary } from './report-summary.ts';

/** What would be approved, or withdrawn. */
export interface ApprovalSubject {
  decision: 'approve' | 'withdraw';
  bundle: string;
  /** SHA-256 of the bundle's manifest. */
  root: string;
  /** Fingerprints of the keys that signed the bundle. */
  signers: string[];
  /** Null for a withdrawal where the medium has no report. */
  report: {
    /** SHA-256 of the report's manifest. */
    digest: string;
    /** Paths of the page in English and in Japanese. */
    pages: { en: string; ja: string };
    summary: ReportSummary;
  } | null;
  /** Statements by this key about this bundle that are on the medium: files. */
  earlier: string[];
}

export interface ApproveReport extends ApprovalSubject {
  outcome: 'approved' | 'withdrawn' | 'would-approve' | 'would-withdraw';
  /** Fingerprint of the approver's key. */
  approver: string;
  by: string;
  /** RFC 3339. */
  at: string;
  /** Null for a withdrawal. */
  until: string | null;
  words: string;
  /** Files of the statement, one for each medium; empty for a dry run. */
  statements: string[];
}
