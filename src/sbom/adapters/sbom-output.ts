/** Writes a bill of materials as it is made, to a file that is complete or absent, or to standard output. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { syncDirectory } from '../../core/adapters/atomic-files.ts';
import { openGrowingFile } from '../../core/adapters/growing-file.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';

/** Characters that are written at once. */
const pieceLength = 64 * 1024;

/** `file` null is standard output. Returns what was written. */
export async function writeSbom(pieces: AsyncIterable<string>, file: string | null): Promise<ObjectFact> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const text of joined(pieces)) {
      const bytes = Buffer.from(text);
      hash.update(bytes);
      sizeBytes += bytes.length;
      yield bytes;
    }
  };
  if (file === null) {
    for await (const bytes of counted())
      if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
  } else await writeFile(file, counted());
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function writeFile(path: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const file = await openGrowingFile(path);
  try {
    for await (const bytes of pieces) await file.write(bytes);
  } catch (error) {
    await file.abandon();
    throw error;
  }
  await file.finish(path);
  await syncDirectory(dirname(path));
}

async function* joined(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < pieceLength) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
