/**
 * Copies a file whose digest is known. Invariant: the source is opened once, through no link, and the bytes that are
 * hashed are the bytes that are kept.
 */
import { pathOf, type Place } from '../domain/place.ts';
import { openAt } from './files-at.ts';
import { openGrowingFile } from './growing-file.ts';
import type { HasherPool } from './hashing.ts';
import { checkIncoming } from './incoming-object.ts';

/**
 * Copies `from` to the path `to`, which it replaces; not synced. Without `sizeBytes`, a file of any size that has the
 * digest is accepted.
 * @throws PommgrError `integrity.missing`, `integrity.file-type`, `integrity.size`, `integrity.digest`; `to` is as before.
 */
export async function copyChecked(
  from: Place,
  to: string,
  fact: { sizeBytes?: number; sha256: string; hashers: HasherPool; signal: AbortSignal },
): Promise<void> {
  const { sha256, hashers, signal } = fact;
  const { file, sizeBytes: foundBytes } = await openAt(from);
  try {
    const growing = await openGrowingFile(to);
    try {
      const chunks = file.createReadStream({ autoClose: false, signal });
      const incoming = { sizeBytes: fact.sizeBytes ?? foundBytes, sha256, chunks, where: pathOf(from) };
      await checkIncoming(incoming, hashers, (chunk) => growing.write(chunk));
    } catch (error) {
      await growing.abandon();
      throw error;
    }
    await growing.finish(to);
  } finally {
    await file.close();
  }
}
