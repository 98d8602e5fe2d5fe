/**
 * Implements `pommgr approve`: an approver reads the report on a medium and signs that the bundle beside it may be
 * applied, or withdraws that. Invariant: what is signed is what was shown, and the key is not one that signed the bundle.
 */
import { userInfo } from 'node:os';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { openSigningKey, type AskPassphrase, type SigningKey } from '../../trust/adapters/signing.ts';
import { chooseTrust } from '../../trust/adapters/trusted-keys.ts';
import { statementStem } from '../domain/approval-files.ts';
import type { ApprovalSubject, ApproveReport } from '../domain/approve-report.ts';
import { checkDecision, fitted, statementText, type Statement } from '../domain/statement.ts';
import { approvalsOf } from '../adapters/medium-approvals.ts';
import { writeStatement } from '../adapters/medium-approvals-writer.ts';
import { signerAndApprover } from '../../trust/adapters/approver-keys.ts';
import { readStatements } from '../adapters/statement-files.ts';
import { openSubject } from './approval-subject.ts';

export interface ApproveOptions {
  /** At least one; all media of a set get the statement. */
  media: readonly string[];
  /** Name of the bundle or of its baseline. Default: the only one. */
  bundle?: string | undefined;
  /** Private key of the approver. */
  keyFile: string;
  /** Public keys of signers to trust instead of the machine's own. */
  signerFiles: readonly string[];
  root?: string | undefined;
  /** Default: the user who runs this. */
  by?: string | undefined;
  words: string;
  /** Days after which the approval no longer counts. */
  days: number;
  withdraw: boolean;
  /** Asks nothing; an approval then needs the digest of the report that was read. */
  yes: boolean;
  reportDigest?: string | undefined;
  dryRun: boolean;
  /** Shows the subject and asks; undefined where there is no terminal. */
  confirm: (subject: ApprovalSubject) => Promise<boolean | undefined>;
  askPassphrase?: AskPassphrase | undefined;
  context: Context;
}

const dayMs = 86_400_000;

/**
 * @throws PommgrError `trust.approver` for a key of a signer, `trust.approval-report` for another report than the one
 *   that was named, `refused.not-confirmed`, `usage.bundle`, `usage.approval`; `trust.*` and `integrity.*` for a medium
 *   that is not as it was signed.
 */
export async function approve(options: ApproveOptions): Promise<ApproveReport> {
  const { media, words, dryRun, context, by = ownName() } = options;
  requireDigest(options);
  checkDecision({ by, words });
  const trusted = await chooseTrust(options.signerFiles, options.root);
  const { subject, signers } = await openSubject(media, trusted, options);
  const key = await openSigningKey(options.keyFile, options.askPassphrase);
  requireOther(key, [...signers, ...trusted.keys]);
  const earlier = await earlierStatements(media, subject.bundle, key);
  const shown = { ...subject, earlier: earlier.map(({ file }) => file) };
  await requireConsent(shown, options);
  const at = laterThan(
    formatTime(context.timestamp()),
    earlier.map(({ statement }) => statement.at),
  );
  const statement = statementOf(shown, { ...options, by, at });
  const report: ApproveReport = {
    ...shown,
    outcome: outcomeOf(options),
    approver: key.publicKey.fingerprint,
    ...{ by, at, words, statements: [] },
    until: statement.decision === 'approve' ? statement.until : null,
  };
  if (dryRun) return report;
  const files = await signStatement(statement, key, words);
  for (const place of media) report.statements.push(await writeStatement(place, subject.bundle, files));
  return report;
}

/** The login behind sudo where there is one. */
function ownName(): string {
  return process.env['SUDO_USER'] ?? userInfo().username;
}

function requireDigest({ yes, withdraw, reportDigest }: ApproveOptions): void {
  if (!yes || withdraw || reportDigest !== undefined) return;
  throw new PommgrError('usage.approval', 'With --yes the digest of the report that was read is needed.', {
    hints: ['Give --report-digest DIGEST: "pommgr verify" and "pommgr approve --dry-run" show it.'],
  });
}

function requireOther({ publicKey }: SigningKey, signers: readonly { fingerprint: string }[]): void {
  if (signers.every(({ fingerprint }) => fingerprint !== publicKey.fingerprint)) return;
  throw signerAndApprover(publicKey, 'it signed the bundle, or this machine trusts it as a signer');
}

async function earlierStatements(media: readonly string[], bundle: string, { publicKey }: SigningKey) {
  const found: { statement: Statement; file: string }[] = [];
  for (const place of media) {
    found.push(...(await readStatements(await approvalsOf(place, bundle), [publicKey])).statements);
  }
  return found;
}

async function requireConsent(
  subject: ApprovalSubject,
  { reportDigest, dryRun, yes, confirm, withdraw }: ApproveOptions,
): Promise<void> {
  const found = subject.report?.digest;
  if (reportDigest !== undefined && found !== undefined && reportDigest !== found) {
    throw new PommgrError(
      'trust.approval-report',
      `The report of ${subject.bundle} is another one than was read: expected the digest ${reportDigest}, found ${found}.`,
      {
        hints: ['Read the report on this medium, and give its digest.'],
        details: { bundle: subject.bundle, expected: reportDigest, found },
      },
    );
  }
  if (dryRun || yes) return;
  const answer = await confirm(subject);
  if (answer === true) return;
  const what = withdraw ? 'withdrawn' : 'approved';
  throw new PommgrError(
    'refused.not-confirmed',
    answer === undefined
      ? `Nothing was ${what}: there is no terminal to ask on.`
      : `Nothing was ${what}: the answer was no.`,
    { hints: [`Where the report was read, give --yes --report-digest ${found ?? 'DIGEST'}.`] },
  );
}

/** A statement must be newer than those that it replaces; two in one second would have one name. */
function laterThan(now: string, others: readonly string[]): string {
  const last = others.toSorted().at(-1);
  return last === undefined || last < now ? now : formatTime(new Date(Date.parse(last) + 1000));
}

function statementOf(
  { decision, root, report }: ApprovalSubject,
  { by, words, days, at }: Omit<ApproveOptions, 'by'> & { by: string; at: string },
): Statement {
  const common = { root, at, by, words: { text: words } };
  if (decision === 'withdraw' || report === null) return fitted({ ...common, decision: 'withdraw' });
  const until = formatTime(new Date(Date.parse(at) + days * dayMs));
  return fitted({ ...common, decision, report: report.digest, until });
}

async function signStatement(statement: Statement, key: SigningKey, words: string) {
  const text = Buffer.from(statementText(statement));
  return {
    stem: statementStem(statement, key.publicKey.keyId),
    text,
    signature: await key.sign(text),
    words: 'sha256' in statement.words ? Buffer.from(words) : undefined,
  };
}

function outcomeOf({ dryRun, withdraw }: ApproveOptions): ApproveReport['outcome'] {
  if (dryRun) return withdraw ? 'would-withdraw' : 'would-approve';
  return withdraw ? 'withdrawn' : 'approved';
}
