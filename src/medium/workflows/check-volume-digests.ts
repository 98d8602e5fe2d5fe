/**
 * Checks volumes as whole files, for a bundle that is spread over several media, as long as some are not available.
 * Their contents cannot be compared with the baseline yet, but each volume is, to the byte, the file that was signed.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import type { FoundBundle } from '../adapters/medium-set.ts';
import { hashWholeFiles, type WholeFileOptions } from '../../core/adapters/whole-files.ts';
import { pathOf } from '../../core/domain/place.ts';
import type { PommgrError } from '../../core/domain/errors.ts';

/**
 * Checks every available volume; with `copies`, only those. Returns their number. @throws PommgrError
 * `integrity.digest`
 */
export async function checkVolumeDigests(
  { verified, copies }: FoundBundle,
  which: 'all' | 'copies',
  options: WholeFileOptions,
): Promise<number> {
  const own = [...verified.volumes].map(([file, place]) => ({ file, place }));
  const files = (which === 'all' ? [...own, ...copies] : copies).map(({ file, place }) => {
    const volume = verified.bundle.volumes.find((one) => one.file === file);
    return { place, sizeBytes: volume?.sizeBytes ?? 0, sha256: volume?.sha256 ?? '' };
  });
  const digests = await hashWholeFiles(files, options);
  for (const [index, { place, sha256 }] of files.entries()) {
    const found = digests[index] ?? '';
    if (found !== sha256) throw changedVolume(pathOf(place), sha256, found);
  }
  return files.length;
}

/** Returns the error for a volume that is not the file that was signed. */
export function changedVolume(path: string, expected: string, found: string): PommgrError {
  return digestMismatch(path, {
    ...{ expected, found },
    hints: ['The file was changed or damaged. Write the medium again on the online side.'],
  });
}
