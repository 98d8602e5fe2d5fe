/** Opens a bundle on one medium or on several: the media of a set have identical manifests. */
import type { Place } from '../../core/domain/place.ts';
import { openBundlePart, type VerifiedBundle } from './verified-bundle.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

export interface FoundBundle {
  /** The bundle with the volumes of all media. */
  verified: VerifiedBundle;
  /** Volumes that are also on another medium: where they are, by name. */
  copies: { file: string; place: Place }[];
}

/**
 * Opens a bundle on each of these media. The parts of a set are joined into one; complete bundles stay one for each
 * medium.
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
  const copies: FoundBundle['copies'] = [];
  let verified = first;
  for (const part of others) {
    for (const [file, place] of part.volumes) if (verified.volumes.has(file)) copies.push({ file, place });
    verified = verified.joined(part);
  }
  return { verified, copies };
}
