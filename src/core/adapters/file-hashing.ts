/** Computes digests of files as they are on disk; each file is read once. */
import { openPlainFile, readIfSmall } from './plain-file.ts';
import { sha256Hex, type HashAlgorithm, type ObjectFact } from '../domain/digest.ts';
import { readError } from './device-errors.ts';
import type { Hasher, HasherPool } from './hashing.ts';

const readBytes = 1024 * 1024;

/** Smaller files are read and hashed synchronously, always in this memory. */
const smallFile = Buffer.allocUnsafeSlow(128 * 1024);

/** Returns the size and SHA-256 of a file as it is on disk. */
export async function hashFile(path: string, hashers: HasherPool): Promise<ObjectFact> {
  const bytes = readIfSmall(path, smallFile);
  if (bytes !== undefined) return { sizeBytes: bytes.length, sha256: sha256Hex(bytes) };
  const hasher = hashers.createHasher();
  const sizeBytes = await updateFromFile(hasher, path);
  return { sizeBytes, sha256: await hasher.digest() };
}

/** Returns several digests of a file, in the order of `algorithms`; the file is read once. */
export async function hashFileAll(
  path: string,
  algorithms: readonly HashAlgorithm[],
  hashers: HasherPool,
): Promise<string[]> {
  const hasher = hashers.createHasher(...algorithms);
  await updateFromFile(hasher, path);
  return await hasher.digests();
}

/** Feeds a whole file to a hasher and returns the number of its bytes; on failure the hasher is abandoned. */
export async function updateFromFile(hasher: Hasher, path: string): Promise<number> {
  let sizeBytes = 0;
  try {
    const { file, sizeBytes: wholeBytes } = await openPlainFile(path);
    try {
      const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, wholeBytes + 1));
      for (;;) {
        const { bytesRead } = await file
          .read(buffer, 0, buffer.length)
          .catch((error: unknown) => Promise.reject(readError(error, path)));
        if (bytesRead === 0) return sizeBytes;
        const chunk = buffer.subarray(0, bytesRead);
        await hasher.update(chunk);
        sizeBytes += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    hasher.abandon();
    throw error;
  }
}
