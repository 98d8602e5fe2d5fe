/** Lists a medium: the names of its bundles, and what other systems left there. Nothing here writes. */
import { PommgrError } from '../../core/domain/errors.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { below, beside, nameOf, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { bundlesDirectoryName, mediumNames, mediumTextName } from '../domain/medium-layout.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { inDirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';

/** Long enough for a delta between the longest names. */
const bundleNamePattern = /^[a-z0-9][a-z0-9.-]{0,141}-[1-9][0-9]{0,8}$/;

const foldedNames = mediumNames.map((name) => name.toLowerCase());

/** Contents of a medium: bundles by name, and what other systems left there (`bundles/x` for one of those). */
export interface MediumListing {
  bundles: string[];
  strangers: string[];
}

/**
 * @throws PommgrError `usage.media` when the directory is not there, `integrity.file-type` for something else in place of
 *   `bundles/`, `integrity.name` for one of our names in other letters.
 */
export async function listMedium(media: string): Promise<MediumListing> {
  const top = await listTop(media);
  const inBundles = await namesAt(below(topPlace(media), bundlesDirectoryName));
  const others = top.filter((name) => !mediumNames.includes(name));
  const strangers: string[] = [];
  if (isShortNamed(top)) throw shortNames(media);
  for (const name of others) if (!(await isOurs(media, name, top))) strangers.push(name);
  const bundles: string[] = [];
  for (const name of inBundles) {
    const own = await bundleNameOf(media, name, inBundles);
    if (own === undefined) strangers.push(`${bundlesDirectoryName}/${name}`);
    else bundles.push(own);
  }
  return { bundles: bundles.toSorted(compareText), strangers };
}

/**
 * Returns the name of the bundle that an entry is, which a case-insensitive file system may show in capitals; undefined
 * for a stranger.
 */
async function bundleNameOf(
  media: string,
  name: string,
  all: readonly string[],
): Promise<string | undefined> {
  if (bundleNamePattern.test(name)) return name;
  const own = name.toLowerCase();
  if (!bundleNamePattern.test(own)) return undefined;
  const place = below(topPlace(media), bundlesDirectoryName, name);
  if ((await kindAt(place)) !== 'directory') return undefined;
  if (!all.includes(own) && (await kindAt(beside(place, own))) !== undefined) return own;
  throw otherLetters(place, own);
}

/** Matches names on a disc that has only ISO 9660 level 1 names: 8 and 3 characters, in one case. */
function isShortNamed(top: readonly string[]): boolean {
  const isShort = top.every((name) => /^[A-Za-z0-9_]{1,8}(?:\.[A-Za-z0-9_]{0,3})?$/.test(name));
  return isShort && !top.includes(mediumTextName) && top.some((name) => /^pommgr\.txt$/i.test(name));
}

function shortNames(media: string): PommgrError {
  return new PommgrError(
    'integrity.name',
    `${media} shows names of at most 8 and 3 characters: the disc was written without Joliet or Rock Ridge names.`,
    {
      hints: [
        'Write it again with them, for instance: xorriso -as mkisofs -J -joliet-long -R -o disc.iso DIRECTORY',
        'On a disk or a stick, give the files their names again: copy them from where "pommgr pack" wrote them.',
      ],
      details: { media },
    },
  );
}

/** A case-insensitive file system may show our names in capitals; on a case-sensitive one they would be ignored. */
async function isOurs(media: string, name: string, top: readonly string[]): Promise<boolean> {
  const expected = name.toLowerCase();
  if (!foldedNames.includes(expected)) return false;
  const own = mediumNames[foldedNames.indexOf(expected)] ?? expected;
  if (!top.includes(own) && (await kindAt(below(topPlace(media), own))) !== undefined) return true;
  throw otherLetters(below(topPlace(media), name), own);
}

function otherLetters(place: Place, own: string): PommgrError {
  const path = pathOf(place);
  return new PommgrError('integrity.name', `${path} must be called ${own}.`, {
    hints: [
      `Nothing in it would be checked. Rename it to ${own}, or remove it, and run the same command again.`,
    ],
    details: { file: path, expected: own, found: nameOf(place) },
  });
}

async function listTop(media: string): Promise<string[]> {
  try {
    return await inDirectory(topPlace(media), () => namesAt(topPlace(media)));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new PommgrError('usage.media', `There is no directory ${media}.`, {
      hints: ['Mount the medium, then name its mount point with --media.'],
      details: { media },
      cause: error,
    });
  }
}
