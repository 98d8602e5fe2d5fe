/**
 * Checks `reports/` and `approvals/` of a medium for `verify`: every report is signed and whole, and every statement by
 * an approver of this machine is as it was signed.
 */
import { sha256Hex } from '../../core/domain/digest.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { readApprovalPolicy, type ApprovalPolicy } from '../adapters/approval-policy.ts';
import { approvalsOf, namesBeside } from '../adapters/medium-approvals.ts';
import { readStatements } from '../adapters/statement-files.ts';
import { approvalsDirectoryName, reportsDirectoryName } from '../../medium/domain/medium-layout.ts';
import type { ApprovalVerification, VerifiedStatement } from '../domain/approval-verification.ts';
import { judgeApprovals } from '../domain/judgement.ts';
import type { ReportVerification } from '../domain/report-pack.ts';
import { checkReport } from './check-report.ts';

export interface ApprovalsVerification {
  reports: ReportVerification[];
  approvals: ApprovalVerification[];
  /** Reports and approvals of bundles that are not on the medium; never read. */
  strangers: string[];
}

/** `roots`: SHA-256 of the manifests of the medium's bundles, by name. @throws PommgrError `trust.*`, `integrity.*` */
export async function verifyApprovals(
  media: string,
  {
    roots,
    root,
    trusted,
    context,
  }: {
    roots: ReadonlyMap<string, string>;
    /** Where the machine's approvers are. */
    root: string;
    trusted: TrustedKeys;
    context: Context;
  },
): Promise<ApprovalsVerification> {
  const found: ApprovalsVerification = { reports: [], approvals: [], strangers: [] };
  const digests = new Map<string, string>();
  for (const bundle of await namesBeside(media, reportsDirectoryName)) {
    const signed = roots.has(bundle) ? await checkReport({ media, bundle }, { trusted, context }) : undefined;
    if (signed === undefined) {
      found.strangers.push(`${reportsDirectoryName}/${bundle}`);
      continue;
    }
    const digest = sha256Hex(signed.manifest);
    digests.set(bundle, digest);
    found.reports.push({ bundle, digest, signers: signed.signers.map(({ fingerprint }) => fingerprint) });
  }
  const names = await namesBeside(media, approvalsDirectoryName);
  const policy = names.length === 0 ? undefined : await readApprovalPolicy(root);
  for (const bundle of names) {
    const manifest = roots.get(bundle);
    if (manifest === undefined || policy === undefined) {
      found.strangers.push(`${approvalsDirectoryName}/${bundle}`);
      continue;
    }
    const question = { bundle, root: manifest, report: digests.get(bundle) ?? null, now: context.now() };
    found.approvals.push(await verifyStatements(media, question, policy));
  }
  return found;
}

async function verifyStatements(
  media: string,
  question: Parameters<typeof judgeApprovals>[1],
  { keys, threshold }: ApprovalPolicy,
): Promise<ApprovalVerification> {
  const read = await readStatements(await approvalsOf(media, question.bundle), keys);
  const { counted, objections } = judgeApprovals(read.statements, question);
  const statements = read.statements.map(({ statement, approver, file, words }): VerifiedStatement => {
    const { decision, by, at } = statement;
    const objection = objections.find((one) => one.file === file)?.text ?? null;
    const until = statement.decision === 'approve' ? statement.until : null;
    return { file, decision, approver, by, at, until, words, objection };
  });
  return { bundle: question.bundle, counted: counted.length, threshold, statements, unknown: read.unknown };
}
