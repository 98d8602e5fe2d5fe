/**
 * Decides whether a bundle and its report are approved, from statements whose signatures by approvers were good. Pure.
 * Invariant: a key counts once, however many statements it made, and a withdrawal ends all its earlier approvals of the
 * bundle.
 */
import { PommgrError, type ErrorCode } from '../../core/domain/errors.ts';
import type { Approval, Statement } from './statement.ts';

/** A statement, by whose key, and where it was read. */
export interface SignedStatement {
  statement: Statement;
  /** Fingerprint of the approver's key. */
  approver: string;
  file: string;
}

export interface ApprovalQuestion {
  /** Name of the bundle, for messages. */
  bundle: string;
  /** SHA-256 of its manifest. */
  root: string;
  /** SHA-256 of the report's manifest; null where there is no report. */
  report: string | null;
  threshold: number;
  now: Date;
}

/** An approval that counts. */
export interface CountedApproval {
  /** Fingerprint. */
  approver: string;
  by: string;
  at: string;
  until: string;
  file: string;
}

/** Why a statement does not count. */
type Objection = 'withdrawn' | 'expired' | 'other-report' | 'other-bundle' | 'future';

export interface Judgement {
  /** At most one for each key. */
  counted: CountedApproval[];
  /** Statements that do not count; a withdrawal itself is in none of the lists. */
  objections: { file: string; by: string; objection: Objection; text: string }[];
}

/** As tolerant as apt is of a Release file from the future (Acquire::Max-FutureTime). */
const toleratedMs = 10_000;

export function judgeApprovals(
  statements: readonly SignedStatement[],
  question: Omit<ApprovalQuestion, 'threshold'>,
): Judgement {
  const counted = new Map<string, CountedApproval>();
  const objections: Judgement['objections'] = [];
  for (const signed of statements) {
    const { statement, approver, file } = signed;
    if (statement.decision === 'withdraw') continue;
    const found = objectionTo(statement, { ...question, withdrawn: lastWithdrawal(statements, signed) });
    const { by, at, until } = statement;
    if (found !== undefined) {
      objections.push({ file, by, ...found });
      continue;
    }
    const other = counted.get(approver);
    if (other === undefined || other.until < until) counted.set(approver, { approver, by, at, until, file });
  }
  return { counted: [...counted.values()], objections };
}

/** Returns the time of the last withdrawal by the same key of the same bundle. */
function lastWithdrawal(
  statements: readonly SignedStatement[],
  { approver, statement }: SignedStatement,
): string | undefined {
  return statements
    .filter((one) => one.approver === approver && one.statement.root === statement.root)
    .filter((one) => one.statement.decision === 'withdraw')
    .map((one) => one.statement.at)
    .toSorted()
    .at(-1);
}

function objectionTo(
  { root, report, at, until }: Approval,
  about: Omit<ApprovalQuestion, 'threshold'> & { withdrawn: string | undefined },
): { objection: Objection; text: string } | undefined {
  const { withdrawn, now } = about;
  if (root !== about.root) return { objection: 'other-bundle', text: 'it is for another bundle' };
  if (withdrawn !== undefined && withdrawn >= at) {
    return { objection: 'withdrawn', text: `it was withdrawn at ${withdrawn}` };
  }
  if (report !== about.report) {
    const text = about.report === null ? 'its report is not there' : 'it is for another report';
    return { objection: 'other-report', text };
  }
  if (Date.parse(until) <= now.getTime()) return { objection: 'expired', text: `it expired at ${until}` };
  if (Date.parse(at) > now.getTime() + toleratedMs) {
    return { objection: 'future', text: `it is dated ${at}, which this machine's clock has not reached` };
  }
  return undefined;
}

/**
 * @throws PommgrError `trust.approval-*` unless as many approvals count as the host requires; the code names the reason
 *   that an approver can do most about.
 */
export function requireApproved(judgement: Judgement, question: ApprovalQuestion): void {
  const { counted, objections } = judgement;
  const { bundle, threshold } = question;
  if (counted.length >= threshold) return;
  const reasons = objections.map(({ file, text }) => ` ${file}: ${text}.`);
  throw new PommgrError(
    codeOf(judgement),
    `The bundle ${bundle} is not approved: expected approvals by ${threshold} of this host's approvers, found ${counted.length}.${reasons.join('')}`,
    {
      hints: [
        'An approver reads the report and runs "pommgr approve --media DIR --key FILE"; then run the same command again.',
        'Which keys count is decided by /etc/pommgr/approvers.d, and how many by approval.threshold in /etc/pommgr/config.yaml.',
      ],
      details: {
        bundle,
        root: question.root,
        report: question.report,
        expected: threshold,
        found: counted.length,
        approvers: counted.map(({ approver }) => approver),
        objections: objections.map(({ file, objection }) => ({ file, objection })),
      },
    },
  );
}

/**
 * For a baseline that the host had before: neither an approval that has expired since nor one that was never asked for
 * keeps it from going back. @throws PommgrError `trust.approval-withdrawn`
 */
export function requireNotWithdrawn(judgement: Judgement, question: ApprovalQuestion): void {
  if (judgement.objections.some(({ objection }) => objection === 'withdrawn')) {
    requireApproved(judgement, question);
  }
}

const codes: readonly [Objection, ErrorCode][] = [
  ['withdrawn', 'trust.approval-withdrawn'],
  ['other-report', 'trust.approval-report'],
  ['expired', 'trust.approval-expired'],
  ['future', 'trust.approval-time'],
  ['other-bundle', 'trust.approval-bundle'],
];

function codeOf({ counted, objections }: Judgement): ErrorCode {
  if (counted.length > 0) return 'trust.approval-threshold';
  const found = codes.find(([one]) => objections.some(({ objection }) => objection === one));
  return found?.[1] ?? 'trust.approval-missing';
}
