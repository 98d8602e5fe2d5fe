/**
 * Reads files that a user, a config or a directory of ours names; links are followed. A medium's files are read by
 * files-at.ts. Invariant: nothing but a regular file is ever opened, for a FIFO would wait for ever.
 */
import { constants, type ReadStream } from 'node:fs';
import { copyFile, open, stat, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PommgrError } from '../domain/errors.ts';
import { tooLarge } from '../domain/mismatch.ts';

/** No small file that pommgr reads whole is larger. */
const usualMaxBytes = 64 * 1024 * 1024;
const streamBytes = 256 * 1024;

/**
 * Opens a file for reading; the caller closes it.
 * @throws PommgrError `integrity.file-type`, `state.missing` for a directory; the system's error (ENOENT, …).
 */
export async function openPlainFile(path: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  // Looked at first: to open a device may do something.
  const found = await stat(path);
  if (!found.isFile()) throw notPlain(path, found.isDirectory());
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw notPlain(path, false);
    return { file, sizeBytes: status.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A whole small file. @throws PommgrError `integrity.size` beyond `maxBytes`, and as `openPlainFile`. */
export async function readPlainFile(path: string, maxBytes = usualMaxBytes): Promise<Buffer> {
  const { file, sizeBytes } = await openPlainFile(path);
  try {
    if (sizeBytes > maxBytes) {
      throw tooLarge(path, {
        ...{ expected: maxBytes, found: sizeBytes },
        hints: ['pommgr never writes such a file. Find out who did.'],
      });
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The same as text, which is UTF-8. */
export async function readPlainText(path: string): Promise<string> {
  return (await readPlainFile(path)).toString('utf8');
}

/** A file of any size from `start` on; whoever stops reading destroys it. @throws as `openPlainFile`. */
export async function openPlainStream(path: string, { start = 0 } = {}): Promise<ReadStream> {
  const { file } = await openPlainFile(path);
  return file.createReadStream({ start, highWaterMark: streamBytes });
}

/** The lines of a file of any size; the file is closed however the reading ends. @throws as `openPlainFile`. */
export async function* plainLines(path: string): AsyncGenerator<string> {
  const input = await openPlainStream(path);
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } finally {
    input.destroy();
  }
}

/** Copies a regular file. @throws as `openPlainFile`. */
export async function copyPlainFile(from: string, to: string): Promise<void> {
  const { file } = await openPlainFile(from);
  await file.close();
  await copyFile(from, to);
}

function notPlain(path: string, isDirectory: boolean): PommgrError {
  const found = isDirectory ? 'a directory' : 'a FIFO, a socket or a device';
  return new PommgrError('integrity.file-type', `${path} is ${found}, expected a regular file.`, {
    hints: ['Find out who put it there, and put the right file in its place.'],
    details: { file: path },
  });
}
