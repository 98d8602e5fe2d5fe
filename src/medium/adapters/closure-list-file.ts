/** Reads the closure list of a bundle on a medium; every medium of a set has it. */
import { kindAt, readAt } from '../../core/adapters/files-at.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import { checkDigest } from '../../trust/adapters/signed-directory.ts';
import type { Bundle } from '../domain/bundle.ts';

/** Enough for some 500,000 files. */
const maxListBytes = 64 * 1024 * 1024;

/**
 * Returns its bytes; undefined for a bundle without one. @throws PommgrError `integrity.missing`, `integrity.digest`
 */
export async function readClosureList(
  directory: Place,
  { closure }: Pick<Bundle, 'closure'>,
): Promise<Buffer | undefined> {
  if (closure === undefined) return undefined;
  const place = below(directory, closureListFileName);
  const file = pathOf(place);
  if ((await kindAt(place)) === undefined) {
    throw new PommgrError('integrity.missing', `${file} is missing: the bundle is not complete.`, {
      hints: ['Copy the whole bundle again from the online side.'],
      details: { file },
    });
  }
  const bytes = await readAt(place, Math.min(closure.sizeBytes, maxListBytes));
  checkDigest(file, { expected: closure.sha256, found: sha256Hex(bytes) });
  return bytes;
}
