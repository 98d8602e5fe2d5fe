/** Checks that a signed directory holds exactly the files that its manifest lists. */
import { PommgrError } from '../../core/domain/errors.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';

/**
 * Checks that the directory contains exactly the files that the manifest covers, the manifest itself and its
 * signatures.
 * @throws PommgrError `integrity.missing`, `integrity.extra`, `integrity.name` for a listed name in other letters
 */
export function checkListing(found: readonly string[], expected: readonly string[], directory: string): void {
  const there = new Set(found);
  checkLetters(found, new Set(expected), directory);
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
        hints: [
          isDesktopFile(extra)
            ? 'macOS and Windows leave such files wherever they show a directory. Remove it and run the same command again.'
            : 'Find out who put it there. If it is harmless, remove it and run the same command again.',
        ],
        details: { file },
      },
    );
  }
}

/**
 * Checks that no listed file has its name in other letters. On FAT, exFAT and NTFS that is the listed file itself, and to
 * remove it would be a loss.
 * @throws PommgrError `integrity.name`
 */
export function checkLetters(
  found: readonly string[],
  expected: ReadonlySet<string>,
  directory: string,
): void {
  const folded = new Map([...expected].map((name) => [name.toLowerCase(), name]));
  for (const name of found) {
    const own = folded.get(name.toLowerCase());
    if (own === undefined || expected.has(name)) continue;
    const file = `${directory}/${name}`;
    throw new PommgrError(
      'integrity.name',
      `${file} must be called ${own}: ${rootFileName} lists that name.`,
      {
        hints: [
          `Rename it to ${own}, by way of a third name where the file system ignores case, and run the same command again.`,
        ],
        details: { file, expected: own, found: name },
      },
    );
  }
}

/** Returns whether desktop systems leave files of that name on media by themselves. */
export function isDesktopFile(name: string): boolean {
  return /(?:^|\/)(?:\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(name);
}
