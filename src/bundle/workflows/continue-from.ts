/**
 * Implements `pommgr init --continue-from MEDIA`: finds where the track of a signed bundle continues, on a machine that
 * has no state yet.
 */
import { readSignedBundle } from '../../medium/adapters/bundle-root.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { chooseTrust } from '../../trust/adapters/trusted-keys.ts';
import { parseBundleName, type BundleName } from '../../medium/domain/bundle-choice.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface ContinueFrom {
  media: string;
  /** Public keys to trust instead of those of the machine. */
  keyFiles: readonly string[];
}

/** State from which a new machine continues. */
export interface Continued {
  track: string;
  /** The highest sequence on the medium. */
  sequence: number;
  /** Name of the bundle that proves it. */
  bundle: string;
  /** Fingerprints of the keys that signed it. */
  signers: string[];
}

/**
 * Returns the highest bundle of the track; `track` is needed where the medium has several.
 * @throws PommgrError `usage.media`, `usage.track`; `trust.*` or `integrity.*` when that bundle cannot be believed.
 */
export async function findContinuation(
  { media, keyFiles }: ContinueFrom,
  track: string | undefined,
): Promise<Continued> {
  const { bundles } = await listMedium(media);
  const highest = chooseHighest(bundles.map(parseBundleName), { media, track });
  const trusted = await chooseTrust(keyFiles, undefined);
  const { bundle, signers } = await readSignedBundle(media, highest.name, trusted);
  return {
    track: bundle.track,
    sequence: bundle.sequence,
    bundle: highest.name,
    signers: signers.map(({ fingerprint }) => fingerprint),
  };
}

function chooseHighest(
  bundles: readonly BundleName[],
  { media, track }: { media: string; track: string | undefined },
): BundleName {
  const tracks = [...new Set(bundles.map((bundle) => bundle.track))];
  const offered = bundles
    .filter((bundle) => track === undefined || bundle.track === track)
    .toSorted((a, b) => b.sequence - a.sequence);
  const [highest] = offered;
  if (highest !== undefined && offered.every((bundle) => bundle.track === highest.track)) return highest;
  const what =
    highest !== undefined
      ? `${media} has bundles of several tracks: ${tracks.join(', ')}.`
      : `${media} has no bundle${track === undefined ? '' : ` of the track ${track}`}.`;
  throw new PommgrError('usage.track', what, {
    hints: [
      highest !== undefined
        ? 'Name the one to go on with by --track NAME.'
        : tracks.length > 0
          ? `It has bundles of: ${tracks.join(', ')}.`
          : 'Check that the medium is mounted. Without --continue-from, init begins a track with number 1.',
    ],
    details: { media, expected: track ?? null, found: tracks },
  });
}
