/**
 * Reads files that a user, a config or a directory of ours names; links are followed. files-at.ts reads files of a
 * medium. Invariant: only regular files are opened, because opening a FIFO could block forever.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type ReadStream } from 'node:fs';
import { copyFile, open, stat, type FileHandle } from 'node:fs/promises';
import { PommgrError } from '../domain/errors.ts';
import { tooLarge } from '../domain/mismatch.ts';
import { readError } from './device-errors.ts';

/** No small file that pommgr reads as a whole is larger. */
const usualMaxBytes = 64 * 1024 * 1024;
const streamBytes = 256 * 1024;

/**
 * Opens a file for reading; the caller closes it.
 * @throws PommgrError `integrity.file-type`, `state.missing` for a directory; the system's error (ENOENT, …).
 */
export async function openPlainFile(path: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  // The kind is checked before opening, because opening a device may have effects.
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

/**
 * Works like `openPlainFile` but synchronously: for tens of thousands of files, hops through threads would cost more
 * than the reading. The caller closes the descriptor.
 */
export function openPlainNow(path: string): { fd: number; sizeBytes: number } {
  const found = statSync(path);
  if (!found.isFile()) throw notPlain(path, found.isDirectory());
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw notPlain(path, false);
    return { fd, sizeBytes: status.size };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Returns all bytes of a file that is smaller than `memory`, which holds them; undefined for a larger one. Synchronous,
 * too.
 * @throws as `openPlainFile`
 */
export function readIfSmall(path: string, memory: Buffer): Buffer | undefined {
  const { fd, sizeBytes } = openPlainNow(path);
  try {
    if (sizeBytes >= memory.length) return undefined;
    let filled = 0;
    while (filled < memory.length) {
      const count = readSync(fd, memory, filled, memory.length - filled, null);
      if (count === 0) return memory.subarray(0, filled);
      filled += count;
    }
    return undefined;
  } catch (error) {
    throw readError(error, path);
  } finally {
    closeSync(fd);
  }
}

/** Reads a whole small file. @throws PommgrError `integrity.size` beyond `maxBytes`, and as `openPlainFile`. */
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

/** Reads a whole small file as UTF-8 text. */
export async function readPlainText(path: string): Promise<string> {
  return (await readPlainFile(path)).toString('utf8');
}

/**
 * Opens a stream on a file of any size, from `start` on; a caller that stops reading destroys it. @throws as
 * `openPlainFile`.
 */
export async function openPlainStream(path: string, { start = 0 } = {}): Promise<ReadStream> {
  const { file } = await openPlainFile(path);
  return file.createReadStream({ start, highWaterMark: streamBytes });
}

/** Yields the lines of a file of any size; the file is always closed at the end. @throws as `openPlainFile`. */
export async function* plainLines(path: string): AsyncGenerator<string> {
  for await (const lines of plainLinesByPiece(path)) yield* lines;
}

/**
 * Works like `plainLines` but yields many lines at a time. It needs no stream, and no thread for each piece: lists have
 * 70,000 lines and are read several times in a run.
 */
export async function* plainLinesByPiece(path: string): AsyncGenerator<string[]> {
  const { file } = await openPlainFile(path);
  try {
    const piece = Buffer.allocUnsafeSlow(streamBytes);
    let rest: Buffer[] = [];
    for (let count = readPiece(file, piece, path); count > 0; count = readPiece(file, piece, path)) {
      const end = piece.lastIndexOf(0x0a, count - 1);
      if (end !== -1) {
        yield splitLines(Buffer.concat([...rest, piece.subarray(0, end)]));
        rest = [];
      }
      rest.push(Buffer.from(piece.subarray(end + 1, count)));
    }
    const last = Buffer.concat(rest);
    if (last.length > 0) yield splitLines(last);
  } finally {
    await file.close();
  }
}

function readPiece({ fd }: FileHandle, piece: Buffer, path: string): number {
  try {
    return readSync(fd, piece);
  } catch (error) {
    throw readError(error, path);
  }
}

function splitLines(bytes: Buffer): string[] {
  const text = bytes.toString('utf8');
  const lines = text.split('\n');
  return text.includes('\r') ? lines.map((line) => line.replace(/\r$/, '')) : lines;
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
