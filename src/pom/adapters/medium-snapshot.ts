/**
 * Compares a snapshot directory on a medium that POM filled with its expected contents. Invariant: names are compared
 * before the first byte is read, and no link or device is ever opened.
 */
import { sizeMismatch } from '../../core/domain/mismatch.ts';
import type { FileHandle } from 'node:fs/promises';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { openAt, walkAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';

/** By path relative to the snapshot's directory. */
export type ExpectedFiles = ReadonlyMap<string, ObjectFact>;

const readBytes = 1024 * 1024;

/**
 * Checks that exactly the expected files exist; empty directories do not count.
 * @throws PommgrError `integrity.missing`, `integrity.extra`, `integrity.file-type`
 */
export async function checkSnapshotTree(directory: Place, expected: ExpectedFiles): Promise<void> {
  const found = new Set<string>();
  for await (const { path, kind } of walkAt(directory)) {
    if (kind === 'directory') continue;
    if (kind === 'other') throw notRegular(pathOf(below(directory, path)));
    if (!expected.has(path)) throw notExpected(pathOf(below(directory, path)));
    found.add(path);
  }
  if (found.size === expected.size) return;
  for (const path of expected.keys()) if (!found.has(path)) throw missing(pathOf(below(directory, path)));
}

export interface SnapshotReadOptions {
  /** Must read the chunks to their end and throw unless they are `object`. A chunk holds until the next is asked for. */
  receive: (object: ObjectFact, source: { chunks: AsyncIterable<Buffer>; where: string }) => Promise<void>;
  signal: AbortSignal;
  onProgress: (bytes: number) => void;
}

/**
 * Reads every expected file once.
 * @throws PommgrError `integrity.size`, `integrity.missing`, `integrity.file-type`, and what `receive` throws.
 */
export async function readSnapshotFiles(
  directory: Place,
  expected: ExpectedFiles,
  options: SnapshotReadOptions,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  for (const [path, fact] of expected) {
    const place = below(directory, path);
    try {
      await readOneFile(place, fact, { ...options, buffer });
    } catch (error) {
      throw withRemedy(error, place);
    }
  }
}

/** POM copies only what the pool on the medium lacks: a damaged file stays until all its names are removed. */
function withRemedy(error: unknown, place: Place): unknown {
  const isDamage = error instanceof PommgrError && /^integrity\.(digest|size)$/.test(error.code);
  if (!isDamage) return error;
  return new PommgrError(error.code, error.message, {
    hints: [
      `On the online side, remove all names of the damaged file: find ${place.top} -samefile ${pathOf(place)} -delete`,
      'Then run "pommgr pack --format pom" again: Proxmox Offline Mirror copies the file anew.',
    ],
    details: error.details,
    cause: error,
  });
}

/** As `readSnapshotFiles`, for one file. */
export async function readOneFile(
  place: Place,
  fact: ObjectFact,
  options: SnapshotReadOptions & { buffer?: Buffer },
): Promise<void> {
  const buffer = options.buffer ?? Buffer.allocUnsafeSlow(Math.min(readBytes, fact.sizeBytes + 1));
  const { file, sizeBytes } = await openAt(place);
  const path = pathOf(place);
  try {
    if (sizeBytes !== fact.sizeBytes) throw wrongSize(path, fact.sizeBytes, sizeBytes);
    const { sha256 } = fact;
    await options.receive({ sizeBytes, sha256 }, { chunks: chunksOf(file, buffer, options), where: path });
  } finally {
    await file.close();
  }
}

async function* chunksOf(
  file: FileHandle,
  buffer: Buffer,
  { signal, onProgress }: SnapshotReadOptions,
): AsyncGenerator<Buffer> {
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    onProgress(bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}

function missing(path: string): PommgrError {
  return new PommgrError('integrity.missing', `${path} is missing.`, {
    hints: ['Bring the medium back to the online side, and run "pommgr pack --format pom" there again.'],
    details: { file: path },
  });
}

function notExpected(path: string): PommgrError {
  return new PommgrError('integrity.extra', `${path} does not belong to the snapshot.`, {
    hints: ['Find out who put it there. If it is harmless, remove it and run the same command again.'],
    details: { file: path },
  });
}

function notRegular(path: string): PommgrError {
  return new PommgrError('integrity.file-type', `${path} is not a regular file.`, {
    hints: ['Links and devices do not belong on a medium. Take the medium from the online side again.'],
    details: { file: path },
  });
}

function wrongSize(path: string, expected: number, found: number): PommgrError {
  return sizeMismatch(path, {
    ...{ expected, found },
    hints: ['The file was truncated or changed. Take the medium from the online side again.'],
  });
}
