/** What lies beside a thin baseline: the lock proof, and why each package is in it. Neither is part of its digest. */
import { plainLines } from '../../core/adapters/plain-file.ts';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { parseReasonLine, type ReasonLine } from '../domain/reason-lines.ts';
import { lockProofKind, type LockProof } from '../domain/lock-proof.ts';

/** In a baseline's directory, on the online side and in a store. */
export const lockProofFileName = 'lock-proof.json';
const reasonsFileName = 'closure.jsonl';

/** Into the directory of a baseline that is not finished yet. */
export async function writeClosureFiles(
  directory: string,
  { proof, reasons }: { proof: LockProof; reasons: Iterable<ReasonLine> },
): Promise<void> {
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

/** Undefined for a whole baseline. */
export async function readLockProof(directory: string): Promise<LockProof | undefined> {
  return await readJsonFileIfThere(join(directory, lockProofFileName), lockProofKind);
}

/** In the order in which they were found; nothing for a whole baseline. */
export async function* readReasons(directory: string): AsyncGenerator<ReasonLine> {
  const path = join(directory, reasonsFileName);
  try {
    for await (const line of plainLines(path)) yield parseReasonLine(line, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
