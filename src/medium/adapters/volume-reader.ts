/**
 * Reads a volume once, front to back, as a sequence of permitted entries. Invariant: every byte that is not an entry's
 * data is exactly what pommgr writes there; the caller hashes the data.
 */
import { sizeMismatch } from '../../core/domain/mismatch.ts';
import type { FileHandle } from 'node:fs/promises';
import { PommgrError } from '../../core/domain/errors.ts';
import { tarPaddingBytes } from '../domain/volume-plan.ts';
import { tarBlockBytes, tarEndBytes } from '../../core/domain/tar-blocks.ts';
import { decodeTarHeader, isZero } from '../../core/adapters/archive.ts';
import { readError } from '../../core/adapters/device-errors.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import { pathOf, type Place } from '../../core/domain/place.ts';

export interface VolumeEntry {
  /** `baseline.json`, `packages.jsonl` or `objects/<sha256>`. */
  name: string;
  sizeBytes: number;
  /** The data, readable once; a chunk is valid until the next is requested. Unread data is skipped. */
  body: AsyncIterable<Buffer>;
}

export interface VolumeOptions {
  /** Size of the whole file. */
  sizeBytes: number;
  /** Name of the last entry of the previous volume; undefined for the first volume, which begins with the documents. */
  after: string | undefined;
  /** Called with every byte of the file in order, as it is read; the chunk is valid until the promise is fulfilled. */
  onRead?: (chunk: Buffer) => void | Promise<void>;
}

const readBytes = 1024 * 1024;
const documentNames = ['baseline.json', 'packages.jsonl'];

/**
 * @throws PommgrError `integrity.tar` for an entry that is no regular file or has an unexpected name, place or
 *   framing, `integrity.size` for a file that is too short or too long.
 */
export async function* readVolume(place: Place, options: VolumeOptions): AsyncGenerator<VolumeEntry> {
  const { file, sizeBytes } = await openAt(place);
  const path = pathOf(place);
  try {
    if (sizeBytes !== options.sizeBytes) throw wrongSize(path, options.sizeBytes, sizeBytes);
    const source = createSource(file, path, options);
    let before = options.after;
    for (;;) {
      const header = decodeTarHeader(await source.take(tarBlockBytes), path);
      if (header === undefined) break;
      checkEntryName(header.name, before, path);
      before = header.name;
      let left = header.sizeBytes;
      yield { ...header, body: body() };
      while (left > 0) await next();
      if (!isZero(await source.take(tarPaddingBytes(header.sizeBytes)))) throw notZero(path);

      async function next(): Promise<Buffer> {
        const chunk = await source.some(left);
        left -= chunk.length;
        return chunk;
      }
      async function* body(): AsyncGenerator<Buffer> {
        while (left > 0) yield await next();
      }
    }
    if (!isZero(await source.take(tarEndBytes - tarBlockBytes))) throw notZero(path);
    if (!(await source.isAtEnd())) throw wrongSize(path, source.position(), options.sizeBytes);
  } finally {
    await file.close();
  }
}

/** The first volume begins with the documents, in their order; then objects follow, sorted, across all volumes. */
export function checkEntryName(name: string, before: string | undefined, path: string): void {
  const documents = before === undefined ? 0 : documentNames.indexOf(before) + 1;
  const isInDocuments = before === undefined || documents > 0;
  const expected = isInDocuments ? documentNames[documents] : undefined;
  if (expected !== undefined) {
    if (name === expected) return;
  } else if (/^objects\/[0-9a-f]{64}$/.test(name) && (isInDocuments || name > before)) return;
  throw new PommgrError(
    'integrity.tar',
    `${path}: found the entry ${JSON.stringify(name)}, expected ${expected ?? `objects/<SHA-256> after ${before}`}.`,
    {
      hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
      details: { file: path, entry: name },
    },
  );
}

/** Reads in large pieces, always into the same memory. */
function createSource(file: FileHandle, path: string, options: VolumeOptions) {
  const target = Buffer.allocUnsafeSlow(Math.min(readBytes, options.sizeBytes));
  let buffer = Buffer.alloc(0);
  let read = 0;
  return { take, some, isAtEnd, position: () => read - buffer.length };

  /** Returns exactly `bytes` bytes. */
  async function take(bytes: number): Promise<Buffer> {
    if (bytes > 0 && buffer.length === 0) await fill();
    if (buffer.length < bytes) throw wrongSize(path, options.sizeBytes, read);
    const taken = buffer.subarray(0, bytes);
    buffer = buffer.subarray(bytes);
    return taken;
  }

  /** Returns at least one byte and at most `bytes`. */
  async function some(bytes: number): Promise<Buffer> {
    if (buffer.length === 0) await fill();
    if (buffer.length === 0) throw wrongSize(path, options.sizeBytes, read);
    return await take(Math.min(bytes, buffer.length));
  }

  async function isAtEnd(): Promise<boolean> {
    if (buffer.length === 0) await fill();
    return buffer.length === 0;
  }

  /** Fills up to a whole number of blocks, so that no header and no padding spans two buffers. */
  async function fill(): Promise<void> {
    let filled = 0;
    while (filled < target.length) {
      const { bytesRead } = await file
        .read(target, filled, target.length - filled, read + filled)
        .catch((error: unknown) => Promise.reject(readError(error, path)));
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    read += filled;
    buffer = target.subarray(0, filled);
    if (filled > 0) await options.onRead?.(buffer);
  }
}

/** Returns the error for a volume that is shorter or longer than expected. */
export function wrongSize(path: string, expected: number, found: number): PommgrError {
  return sizeMismatch(path, {
    ...{ expected, found },
    hints: ['The file was truncated or changed. Copy the whole bundle again from the online side.'],
  });
}

/** Returns the error for a volume in which something other than zeros surrounds its entries. */
export function notZero(path: string): PommgrError {
  return new PommgrError('integrity.tar', `${path}: found data between two entries, expected zeros.`, {
    hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
    details: { file: path },
  });
}
