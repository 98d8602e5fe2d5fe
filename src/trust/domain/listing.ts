/** Checks that a signed directory holds exactly the files that its manifest lists. */
import { PommgrError } from '../../core/domain/errors.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';

/**
 * Checks that the directory contains exactly the files that the manifest covers, the manifest itself and its
 * signatures.
 * @throws PommgrError `integrity.missing`, `integrity.extra`
 */
export function checkListing(found: readonly string[], expected: readonly string[], directory: string): void {
  const there = new Set(found);
  const missing = expected.find((name) => !there.has(name));
  if (missing !== undefined) {
    const file = `${directory}/${missing}`;
    throw new PommgrError('integrity.missing', `${file} is missing, but ${rootFileName} lists it.`, {
      hints: ['Copy the whole directory again from the online side.'],
      details: { file },
    });
  }
  const known = new Set(expected);
  const extra = found.find((name) => !known.has(name));
  if (extra !== undefined) {
    const file = `${directory}/${extra}`;
    throw new PommgrError(
      'integrity.extra',
      `${file} does not belong there: ${rootFileName} does not list it.`,
      {
        hints: ['Find out who put it there. If it is harmless, remove it and run the same command again.'],
        details: { file },
      },
    );
  }
}
