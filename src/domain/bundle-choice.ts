/** Which bundle of a medium a host takes. Names only help to choose: what is in the bundle must agree with its name. */
import { PommgrError } from './errors.ts';

interface BundleName {
  name: string;
  track: string;
  sequence: number;
}

/**
 * The bundle to open among the names on a medium: `chosen`, else the highest of the host's track.
 * @throws PommgrError `integrity.missing` for a medium without bundles, `usage.bundle` when one must be chosen.
 */
export function chooseBundle(
  names: readonly string[],
  choice: { media: string; chosen?: string | undefined; track: string | null; switchTrack: boolean },
): string {
  const { media, chosen, track, switchTrack } = choice;
  const details = { media, found: names };
  if (names.length === 0) {
    throw new PommgrError(
      'integrity.missing',
      `There is no bundle on ${media}: nothing in ${media}/bundles.`,
      {
        hints: ['Check that the medium is mounted, and that "pommgr pack" ended without an error.'],
        details,
      },
    );
  }
  const hints = [`There are: ${names.join(', ')}.`, 'Choose one with --bundle NAME.'];
  if (chosen !== undefined) {
    if (names.includes(chosen)) return chosen;
    throw new PommgrError('usage.bundle', `There is no bundle ${chosen} on ${media}.`, { hints, details });
  }
  const bundles = names.map(parseBundleName);
  const own = bundles.filter((bundle) => (bundle.track === track) !== switchTrack);
  const offered = (own.length > 0 ? own : bundles).toSorted(
    (a, b) => b.sequence - a.sequence || a.name.length - b.name.length,
  );
  const [highest] = offered;
  if (highest !== undefined && offered.every((bundle) => bundle.track === highest.track)) return highest.name;
  throw new PommgrError('usage.bundle', `${media} has bundles of several tracks.`, { hints, details });
}

/** `<track>-<sequence>`, for a delta with `-from-<base>` behind it. */
function parseBundleName(name: string): BundleName {
  const [, track = name, sequence = '0'] = /^(.+?)-([0-9]+)(?:-from-.+)?$/.exec(name) ?? [];
  return { name, track, sequence: Number(sequence) };
}
