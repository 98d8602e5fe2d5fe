/**
 * Watches for a medium that disappears while it is read: the failure is then reported as that, and not as damage of the
 * medium.
 */
import { stat } from 'node:fs/promises';
import { PommgrError } from '../../core/domain/errors.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { readError } from '../../core/adapters/device-errors.ts';

/**
 * Runs `work`, which reads these media.
 * @throws PommgrError `state.medium-gone` for whatever fails once another file system, or none, is at one of them;
 *   also when a device reports an error.
 */
export async function watchMedium<T>(all: readonly string[], work: () => Promise<T>): Promise<T> {
  const before = await Promise.all(all.map((media) => placeOf(media)));
  try {
    return await work();
  } catch (error) {
    const after = await Promise.all(all.map((media) => placeOf(media)));
    const media = all.find((_, index) => after[index] !== before[index]);
    if (media === undefined) throw isRead(error) ? readError(error, all.join(', ')) : error;
    throw new PommgrError('state.medium-gone', `The medium at ${media} went away while it was read.`, {
      hints: [
        'Put it back, mount it at the same place, and run the same command again. Nothing was changed.',
      ],
      details: { media },
      cause: error,
    });
  }
}

/** Identifies the file system and the directory there; empty where that is not possible. */
async function placeOf(media: string): Promise<string> {
  try {
    const { dev, ino } = await stat(media);
    return `${dev}:${ino}`;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return '';
  }
}

/** A failed write concerns the store, not the medium. */
function isRead(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'read';
}
