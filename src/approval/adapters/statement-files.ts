/**
 * Reads approvers' statements, wherever their files are. Invariant: a statement is parsed only after its signature by an
 * approver was good; files of other keys are never opened.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkSignature, signatureBytes } from '../../trust/adapters/rotation-voucher.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { keyIdOfStem, statementFileOf, statementStem } from '../domain/approval-files.ts';
import type { SignedStatement } from '../domain/judgement.ts';
import { maxStatementBytes, maxWordsBytes, parseStatement, type Statement } from '../domain/statement.ts';

/** A directory with statements about one bundle. */
export interface StatementSource {
  /** Names the directory in messages: a path, or an address. */
  where: string;
  names: readonly string[];
  /** Reads a file; more than `maxBytes` is an error. */
  read: (name: string, maxBytes: number) => Promise<Buffer>;
}

export interface ReadStatements {
  statements: (SignedStatement & { words: string | null })[];
  /** The files of these statements, by name; a store keeps them. */
  files: Map<string, Buffer>;
  /** Ids of keys that are no approver's here, and made statements. */
  unknown: string[];
}

/** More have no use, and each costs a read. */
const maxStatements = 64;

/**
 * @throws PommgrError `trust.approvals` beyond the limit, `integrity.extra` for a foreign file, `trust.signature` and
 *   `trust.approval` for a statement of an approver that is not as it was signed, `integrity.*`.
 */
export async function readStatements(
  source: StatementSource,
  approvers: readonly SigningPublicKey[],
): Promise<ReadStatements> {
  const stems = listStatements(source);
  const found: ReadStatements = { statements: [], files: new Map(), unknown: [] };
  for (const stem of stems) {
    const keyId = keyIdOfStem(stem);
    const key = approvers.find((approver) => approver.keyId === keyId);
    if (key === undefined) found.unknown.push(keyId);
    else await readOne(stem, { source, key, found });
  }
  return found;
}

/** Returns the stems of the statements. What an interrupted "approve" left has no `.txt`, and counts for nothing. */
function listStatements({ where, names }: StatementSource): string[] {
  const stems: string[] = [];
  for (const name of names) {
    const file = statementFileOf(name);
    if (file === undefined && !isUnfinishedStatement(name)) throw foreign(`${where}/${name}`);
    if (file?.suffix === '.txt') stems.push(file.stem);
  }
  if (stems.length <= maxStatements) return stems;
  throw new PommgrError(
    'trust.approvals',
    `${where} has ${stems.length} approvals, expected at most ${maxStatements}.`,
    {
      hints: ['Remove those of keys that nobody trusts, and find out who put them there.'],
      details: { directory: where, expected: maxStatements, found: stems.length },
    },
  );
}

/** Returns whether it is the temporary file of a write that was killed. */
export function isUnfinishedStatement(name: string): boolean {
  return /^\.[0-9a-f]{16}-\d{8}T\d{6}Z\.(?:txt|sig|words)\.[0-9a-f]+\.tmp$/.test(name);
}

async function readOne(
  stem: string,
  { source, key, found }: { source: StatementSource; key: SigningPublicKey; found: ReadStatements },
): Promise<void> {
  const { where, names, read } = source;
  const [textFile, signatureFile, wordsFile] = [`${stem}.txt`, `${stem}.sig`, `${stem}.words`];
  const text = await read(textFile, maxStatementBytes);
  const signature = await read(signatureFile, signatureBytes);
  checkSignature(key, text, { signature, path: `${where}/${signatureFile}` });
  const statement = parseStatement(text, `${where}/${textFile}`);
  checkStem(statement, { stem, keyId: key.keyId, where });
  found.files.set(textFile, text);
  found.files.set(signatureFile, signature);
  let words = 'text' in statement.words ? statement.words.text : null;
  if ('sha256' in statement.words && names.includes(wordsFile)) {
    const bytes = await read(wordsFile, maxWordsBytes);
    checkWords(bytes, statement.words.sha256, `${where}/${wordsFile}`);
    found.files.set(wordsFile, bytes);
    words = bytes.toString('utf8');
  }
  found.statements.push({ statement, approver: key.fingerprint, file: `${where}/${textFile}`, words });
}

/** An old statement must not pass for a newer one by its name, nor be there twice. */
function checkStem(
  statement: Statement,
  { stem, keyId, where }: { stem: string; keyId: string; where: string },
): void {
  const expected = statementStem(statement, keyId);
  if (expected === stem) return;
  const file = `${where}/${stem}.txt`;
  throw new PommgrError(
    'integrity.name',
    `${file} must be called ${expected}.txt: it says when it was made.`,
    {
      hints: ['Somebody renamed or copied it. Remove it, and find out who had the medium.'],
      details: { file, expected: `${expected}.txt`, found: `${stem}.txt` },
    },
  );
}

function checkWords(bytes: Buffer, expected: string, file: string): void {
  const found = sha256Hex(bytes);
  if (found === expected) return;
  throw digestMismatch(file, {
    ...{ expected, found },
    hints: ['The words of the decision were changed. Do not rely on this medium; find out who had it.'],
  });
}

function foreign(file: string): PommgrError {
  return new PommgrError('integrity.extra', `${file} does not belong there: it is not an approval.`, {
    hints: ['Find out who put it there. If it is harmless, remove it and run the same command again.'],
    details: { file },
  });
}
