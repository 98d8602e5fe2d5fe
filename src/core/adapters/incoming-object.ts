/** Reads an incoming object and hashes it against the digest that a signed manifest gives it. */
import { digestMismatch, sizeMismatch } from '../domain/mismatch.ts';
import type { ObjectFact } from '../domain/digest.ts';
import type { HasherPool } from './hashing.ts';

/** The bytes of an incoming object; `where` names them in messages. */
export interface IncomingObject extends ObjectFact {
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  where: string;
}

/**
 * Hashes an object and passes each chunk to `keep`.
 * @throws PommgrError `integrity.size`, `integrity.digest`.
 */
export async function checkIncoming(
  object: IncomingObject,
  hashers: HasherPool,
  keep?: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const hasher = hashers.createHasher();
  let sizeBytes = 0;
  let sha256: string;
  try {
    for await (const chunk of object.chunks) {
      sizeBytes += chunk.length;
      await hasher.update(chunk);
      await keep?.(chunk);
    }
    sha256 = await hasher.digest();
  } catch (error) {
    hasher.abandon();
    throw error;
  }
  checkObject(object, { sizeBytes, sha256 }, object.where);
}

const again = 'The file was changed or damaged. Copy the bundle to the medium again.';

function checkObject(expected: ObjectFact, found: ObjectFact, where: string): void {
  if (found.sizeBytes !== expected.sizeBytes) {
    throw sizeMismatch(where, { expected: expected.sizeBytes, found: found.sizeBytes, hints: [again] });
  }
  if (found.sha256 !== expected.sha256) {
    throw digestMismatch(where, { expected: expected.sha256, found: found.sha256, hints: [again] });
  }
}
