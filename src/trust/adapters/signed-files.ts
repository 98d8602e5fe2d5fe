/**
 * Reads and copies files of signed directories that are too large for memory, piece by piece. Invariant: the bytes that
 * are hashed are those that were read or written, and a copy is durable before it gets its name.
 */
import type { Digests } from '../../core/domain/digest-list.ts';
import { sha256Hex, type ObjectFact } from '../../core/domain/digest.ts';
import { below, parentOf, pathOf, type Place } from '../../core/domain/place.ts';
import { purposeFileName } from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { isRootSignatureName } from '../domain/signing-key.ts';
import { at } from '../../core/adapters/error-place.ts';
import { operate } from '../../core/adapters/fault-points.ts';
import { openAt, walkAt } from '../../core/adapters/files-at.ts';
import { createAt, makeDirectoryAt, writeAt } from '../../core/adapters/writes-at.ts';
import type { Hasher, HasherPool } from '../../core/adapters/hashing.ts';
import type { FileHandle } from 'node:fs/promises';
import { openRegularFile } from '../../core/adapters/regular-file.ts';
import { checkDigest, type SignedDirectory, type SignedPlace } from './signed-directory.ts';
import { replaceSignedDirectory } from './signed-directory-writer.ts';
import type { SigningKey } from './signing.ts';

export interface FileReading {
  hashers: HasherPool;
  signal: AbortSignal;
}

const readBytes = 1024 * 1024;
/** Written bytes are flushed to the medium in steps of this size, so that the end is not a long wait. */
const syncBytes = 32 * 1024 * 1024;

/**
 * Reads every listed file and returns the total number of bytes.
 * @throws PommgrError `integrity.*` for the first that is not what the list says.
 */
export async function checkSignedFiles(
  { base, digests }: SignedDirectory,
  reading: FileReading,
): Promise<number> {
  let sizeBytes = 0;
  for (const [name, expected] of digests) {
    const place = below(base, name);
    const found = await digestAt(place, reading);
    checkDigest(pathOf(place), { expected, found: found.sha256 });
    sizeBytes += found.sizeBytes;
  }
  return sizeBytes;
}

/** Returns the digest of a regular file. @throws PommgrError `integrity.missing`, `integrity.file-type`. */
export async function digestAt(place: Place, reading: FileReading): Promise<ObjectFact> {
  return await readThrough(await openAt(place), reading, () => Promise.resolve());
}

/** Works like `digestAt` for a file of this machine. */
export async function digestFile(path: string, reading: FileReading): Promise<ObjectFact> {
  return await readThrough(await openRegularFile(path), reading, () => Promise.resolve());
}

/** A file of a signed directory: its bytes, or its path and expected SHA-256. */
export type SignedContent = Buffer | { path: string; sha256: string };

export function digestsOf(files: ReadonlyMap<string, SignedContent>): Digests {
  return new Map(
    [...files].map(([name, file]) => [name, Buffer.isBuffer(file) ? sha256Hex(file) : file.sha256]),
  );
}

/**
 * Returns whether a directory holds exactly these files, complete; PURPOSE, the manifest and signatures are not
 * checked.
 */
export async function holdsExactly(
  directory: Place,
  digests: Digests,
  reading: FileReading,
): Promise<boolean> {
  const own = [rootFileName, purposeFileName];
  const directories = new Set([...digests.keys()].map((name) => name.replace(/\/?[^/]*$/, '')));
  const found: string[] = [];
  for await (const { path, kind } of walkAt(directory)) {
    if (kind === 'other' || (kind === 'directory' && !directories.has(path))) return false;
    if (kind === 'file' && !own.includes(path) && !isRootSignatureName(path)) found.push(path);
  }
  if (found.length !== digests.size || !found.every((path) => digests.has(path))) return false;
  for (const [name, expected] of digests) {
    if ((await digestAt(below(directory, name), reading)).sha256 !== expected) return false;
  }
  return true;
}

/**
 * Replaces a directory with these files, their manifest and its signatures.
 * @throws PommgrError `integrity.digest` for a file that has another one; nothing of the directory stays then.
 */
export async function copySignedDirectory(
  place: SignedPlace,
  files: ReadonlyMap<string, SignedContent>,
  { keys, ...reading }: FileReading & { keys: readonly SigningKey[] },
): Promise<void> {
  await replaceSignedDirectory(place, keys, async (temporary) => {
    for (const [name, file] of files) {
      const to = below(temporary, name);
      await makeDirectoryAt(parentOf(to));
      if (Buffer.isBuffer(file)) await writeAt(to, file);
      else checkDigest(file.path, { expected: file.sha256, found: await copyFile(file.path, to, reading) });
    }
    return digestsOf(files);
  });
}

/** Returns the SHA-256 of the written bytes. */
async function copyFile(from: string, to: Place, reading: FileReading): Promise<string> {
  const copy = await createAt(to);
  let unsyncedBytes = 0;
  try {
    const { sha256 } = await readThrough(await openRegularFile(from), reading, async (chunk) => {
      for (let offset = 0; offset < chunk.length; ) {
        const start = offset;
        offset += (await at(pathOf(to), () => copy.write(chunk, start))).bytesWritten;
      }
      unsyncedBytes += chunk.length;
      if (unsyncedBytes < syncBytes) return;
      unsyncedBytes = 0;
      await copy.datasync();
    });
    await operate(`sync ${pathOf(to)}`, () => copy.sync());
    return sha256;
  } finally {
    await copy.close();
  }
}

async function readThrough(
  opened: { file: FileHandle; sizeBytes: number },
  { hashers, signal }: FileReading,
  receive: (chunk: Uint8Array) => Promise<void>,
): Promise<ObjectFact> {
  const { file } = opened;
  const hasher: Hasher = hashers.createHasher();
  const buffer = new Uint8Array(Math.min(readBytes, opened.sizeBytes + 1));
  let sizeBytes = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return { sizeBytes, sha256: await hasher.digest() };
      const chunk = buffer.subarray(0, bytesRead);
      await hasher.update(chunk);
      await receive(chunk);
      sizeBytes += bytesRead;
    }
  } catch (error) {
    hasher.abandon();
    throw error;
  } finally {
    await file.close();
  }
}
