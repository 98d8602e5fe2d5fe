/**
 * Defines an approver's statement about a bundle: lines of text, at most 256 bytes, so that any hardware token can sign
 * it. Invariant: a statement has exactly one text, and none can be read as another signed document.
 *
 *     pommgr-approval/v1 approve
 *     root    SHA-256 of the bundle's SHA256SUMS, in Base64
 *     report  SHA-256 of the report's SHA256SUMS, in Base64
 *     at      time of the decision, ISO 8601 basic format, UTC
 *     until   time after which it no longer counts
 *     by      who decided
 *     words   the words of the decision; or: sha256, the SHA-256 of words that are too long, in Base64
 *
 * A withdrawal has neither `report` nor `until`: it ends every earlier approval of the bundle by the same key.
 */
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { isPrintableLine } from '../../core/domain/printable.ts';
import { compactTime, expandTime } from '../../core/domain/time.ts';

export const maxStatementBytes = 256;
/** Words that do not fit into the statement lie in a file beside it. */
export const maxWordsBytes = 4096;
/** With a longer name there would be no room for the digest of the words. */
export const maxNameBytes = 24;

const format = 'pommgr-approval/v1';

/** The words themselves, or the SHA-256 of those that are too long. */
export type DecisionWords = { text: string } | { sha256: string };

interface Decision {
  /** SHA-256 of the bundle's manifest. */
  root: string;
  /** RFC 3339 UTC. */
  at: string;
  by: string;
  words: DecisionWords;
}

export interface Approval extends Decision {
  decision: 'approve';
  /** SHA-256 of the report's manifest. */
  report: string;
  /** RFC 3339 UTC. */
  until: string;
}

export interface Withdrawal extends Decision {
  decision: 'withdraw';
}

export type Statement = Approval | Withdrawal;

/** Returns the text that is signed. */
export function statementText(statement: Statement): string {
  const { decision, root, at, by, words } = statement;
  const isApproval = statement.decision === 'approve';
  return [
    `${format} ${decision}`,
    `root ${base64Of(root)}`,
    ...(isApproval ? [`report ${base64Of(statement.report)}`] : []),
    `at ${compactTime(at)}`,
    ...(isApproval ? [`until ${compactTime(statement.until)}`] : []),
    `by ${by}`,
    'text' in words ? `words ${words.text}` : `sha256 ${base64Of(words.sha256)}`,
    '',
  ].join('\n');
}

/** Returns the same statement, with the digest in place of words for which it has no room. */
export function fitted(statement: Statement): Statement {
  const { words } = statement;
  if (!('text' in words) || Buffer.byteLength(statementText(statement)) <= maxStatementBytes)
    return statement;
  return { ...statement, words: { sha256: sha256Hex(words.text) } };
}

/** @throws PommgrError `usage.approval` for a name or words that a statement cannot hold. */
export function checkDecision({ by, words }: { by: string; words: string }): void {
  if (!isPrintableLine(by) || Buffer.byteLength(by) > maxNameBytes) {
    throw new PommgrError(
      'usage.approval',
      `"${by}" cannot be the name in an approval: expected 1 to ${maxNameBytes} bytes of printable text.`,
      { hints: ['Name who decides with --as NAME, for instance with initials.'] },
    );
  }
  if (isPrintableLine(words) && Buffer.byteLength(words) <= maxWordsBytes) return;
  throw new PommgrError(
    'usage.approval',
    `The words of an approval must be one line of printable text, of at most ${maxWordsBytes} bytes.`,
    { hints: ['Give them with --words TEXT.'] },
  );
}

/**
 * Parses a statement whose signature was good.
 * @throws PommgrError `trust.approval` for any text that `statementText` does not write.
 */
export function parseStatement(bytes: Buffer, where: string): Statement {
  const isShort = bytes.length <= maxStatementBytes;
  const statement = isShort ? readLines(bytes.toString('utf8').split('\n')) : undefined;
  if (statement !== undefined && Buffer.from(statementText(statement)).equals(bytes)) return statement;
  throw new PommgrError('trust.approval', `${where} is signed by an approver, and is not an approval.`, {
    hints: ['Remove it, and find out what the approver signed. "pommgr approve" writes approvals.'],
    details: { file: where },
  });
}

function readLines(lines: string[]): Statement | undefined {
  const [head, ...rest] = lines;
  const decision = head === `${format} approve` ? 'approve' : 'withdraw';
  if (head !== `${format} ${decision}`) return undefined;
  const values = new Map(rest.map((line) => [line.replace(/ .*$/, ''), line.replace(/^[^ ]* ?/, '')]));
  const value = (name: string): string => values.get(name) ?? '';
  const by = value('by');
  const common = { root: hexOf(value('root')), at: expandTime(value('at')), by, words: wordsOf(values) };
  const isRight = isPrintableLine(by) && Buffer.byteLength(by) <= maxNameBytes && common.words !== undefined;
  if (!isRight || common.words === undefined || common.root === undefined || common.at === undefined)
    return undefined;
  const { root, at, words } = common;
  if (decision === 'withdraw') return { decision, root, at, by, words };
  const [report, until] = [hexOf(value('report')), expandTime(value('until'))];
  return report === undefined || until === undefined
    ? undefined
    : { decision, root, report, at, until, by, words };
}

function wordsOf(values: ReadonlyMap<string, string>): DecisionWords | undefined {
  const text = values.get('words');
  if (text !== undefined) return isPrintableLine(text) ? { text } : undefined;
  const sha256 = hexOf(values.get('sha256') ?? '');
  return sha256 === undefined ? undefined : { sha256 };
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function hexOf(base64: string): string | undefined {
  return /^[A-Za-z0-9+/]{43}=$/.test(base64) ? Buffer.from(base64, 'base64').toString('hex') : undefined;
}
