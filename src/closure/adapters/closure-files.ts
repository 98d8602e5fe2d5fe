/**
 * Stores the files beside a thin baseline: the lock proof, and why each package is in it. Neither is part of its
 * digest.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import {
  closureListFileName,
  parseClosureList,
  renderClosureList,
  type ClosureList,
} from '../domain/closure-list.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { plainLines, readPlainFile } from '../../core/adapters/plain-file.ts';
import { parseReasonLine, type ReasonLine } from '../domain/reason-lines.ts';
import { lockProofKind, type LockProof } from '../domain/lock-proof.ts';

/** File in a baseline's directory, on the online side and in a store. */
export const lockProofFileName = 'lock-proof.json';
const reasonsFileName = 'closure-reasons.jsonl';

const maxListBytes = 64 * 1024 * 1024;

/** Writes into the directory of an unfinished baseline. */
export async function writeClosureFiles(
  directory: string,
  { proof, list, reasons }: { proof: LockProof; list: ClosureList; reasons: Iterable<ReasonLine> },
): Promise<void> {
  await writeFileAtomic(join(directory, closureListFileName), renderClosureList(list));
  const file = await open(join(directory, reasonsFileName), 'wx');
  try {
    let piece = '';
    for (const reason of reasons) {
      piece += `${JSON.stringify(reason)}\n`;
      if (piece.length < 256 * 1024) continue;
      await file.writeFile(piece);
      piece = '';
    }
    await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
  await writeJsonFile(join(directory, lockProofFileName), proof);
}

/** Returns undefined for a whole baseline. */
export async function readLockProof(directory: string): Promise<LockProof | undefined> {
  return await readJsonFileIfThere(join(directory, lockProofFileName), lockProofKind);
}

/**
 * Returns the closure list beside a baseline, as bytes and parsed; undefined for a whole one. @throws PommgrError
 * `integrity.closure`
 */
export async function readClosureList(
  directory: string,
): Promise<{ list: ClosureList; bytes: Buffer } | undefined> {
  const path = join(directory, closureListFileName);
  let bytes: Buffer;
  try {
    bytes = await readPlainFile(path, maxListBytes);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  return { list: parseClosureList(bytes.toString('utf8'), path), bytes };
}

/** Yields the reasons in the order in which they were found; none for a whole baseline. */
export async function* readReasons(directory: string): AsyncGenerator<ReasonLine> {
  const path = join(directory, reasonsFileName);
  try {
    for await (const line of plainLines(path)) yield parseReasonLine(line, path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
