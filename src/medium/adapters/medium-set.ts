/** A bundle on one medium or on several: what belongs together has one and the same root. */
import { PommgrError } from '../../core/domain/errors.ts';
import type { Place } from '../../core/domain/place.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { openBundlePart, type VerifiedBundle } from './medium.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

export interface FoundBundle {
  /** With the volumes of all the media. */
  verified: VerifiedBundle;
  /** Volumes that are on one more medium: where they are, by name. */
  copies: { file: string; place: Place }[];
}

/**
 * Opens a bundle on each of these media. One that is spread over several is one; whole ones are one for each medium.
 * @throws PommgrError as `openBundle`; `integrity.volumes` for parts of different sets.
 */
export async function openBundles(
  media: readonly string[],
  name: string,
  trusted: TrustedKeys,
): Promise<FoundBundle[]> {
  const parts: VerifiedBundle[] = [];
  for (const place of media) parts.push(await openBundlePart(place, name, trusted));
  const whole = parts.filter(({ bundle }) => bundle.spread === undefined);
  const [first, ...others] = parts.filter(({ bundle }) => bundle.spread === true);
  const found: FoundBundle[] = whole.map((verified) => ({ verified, copies: [] }));
  return first === undefined ? found : [...found, joinParts(first, others)];
}

function joinParts(first: VerifiedBundle, others: readonly VerifiedBundle[]): FoundBundle {
  const volumes = new Map(first.volumes);
  const copies: FoundBundle['copies'] = [];
  for (const part of others) {
    if (!isSameRoot(first, part)) throw otherSet(first, part);
    for (const [file, place] of part.volumes) {
      if (volumes.has(file)) copies.push({ file, place });
      else volumes.set(file, place);
    }
  }
  const furtherMedia = others.map(({ media }) => media);
  return { verified: { ...first, furtherMedia, volumes }, copies };
}

function isSameRoot(one: VerifiedBundle, other: VerifiedBundle): boolean {
  const bytes = other.files.get(rootFileName);
  return bytes !== undefined && one.files.get(rootFileName)?.equals(bytes) === true;
}

function otherSet({ name, media }: VerifiedBundle, other: VerifiedBundle): PommgrError {
  return new PommgrError(
    'integrity.volumes',
    `${media} and ${other.media} carry ${name} of different sets: their ${rootFileName} are not the same.`,
    {
      hints: ['Media of one set were written by one "pommgr pack". Take only those of the newer set.'],
      details: { bundle: name, media: [media, other.media] },
    },
  );
}
