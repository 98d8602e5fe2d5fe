/**
 * Chooses the bundles of a medium that a host takes. Names only help to choose: the contents of a bundle must agree
 * with its name.
 */
import { baselineName } from '../../core/domain/names.ts';
import { isBaseOf } from './bundle-checks.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface BundleName {
  name: string;
  track: string;
  sequence: number;
  baseline: string;
  /** Baseline that a delta needs; null for a full bundle. */
  base: string | null;
}

export interface BundleChoice {
  /** Names in the order in which they are stored; the last one is applied. */
  names: [string, ...string[]];
  /**
   * Deltas to a higher baseline of the track that are unavailable, because their base is neither in the store nor on
   * the medium.
   */
  passedOver: { name: string; base: string }[];
}

export interface BundleOffer {
  media: string;
  /** Name of a bundle. Default: an available one of the highest baseline of the host's track. */
  chosen?: string | undefined;
  track: string | null;
  switchTrack: boolean;
  /** Names of the baselines in the store. */
  stored: readonly string[];
}

/**
 * Returns the bundles to open among the names on a medium: the one that leads to the wanted baseline, after those that
 * its base needs. When its base is unavailable, it comes alone.
 * @throws PommgrError `integrity.missing` for a medium without bundles, `usage.bundle` when one must be chosen.
 */
export function chooseBundles(names: readonly string[], offer: BundleOffer): BundleChoice {
  const bundles = names.map(parseBundleName).toSorted(byBaseline);
  const offered = offer.chosen === undefined ? ofTrack(bundles, offer) : ofName(bundles, offer.chosen, offer);
  const chains = chainsOf(bundles, offer.stored);
  const [highest] = offered;
  if (highest === undefined) throw noBundle(offer.media);
  const best = offered.find(({ name }) => chains.has(name));
  if (best === undefined) return { names: [highest.name], passedOver: [] };
  const reached = offered.filter((bundle) => bundle.baseline === best.baseline);
  const chain = reached.flatMap(({ name }) => chains.get(name) ?? []).reduce(better);
  const higher = offered.filter(({ sequence }) => sequence > best.sequence);
  return {
    names: namesOf(chain),
    passedOver: higher.flatMap(({ name, base }) => (base === null ? [] : [{ name, base }])),
  };
}

/** Bundles that build on each other, from the last back to one that needs only what the store has. */
interface Chain {
  last: BundleName;
  before: Chain | undefined;
  length: number;
}

/** Returns the chain to each available bundle, by its name. `bundles` begin with the highest. */
function chainsOf(bundles: readonly BundleName[], stored: readonly string[]): Map<string, Chain> {
  const have = new Set(stored);
  const toBundle = new Map<string, Chain>();
  const toBaseline = new Map<string, Chain>();
  for (const last of bundles.toReversed()) {
    const { base, baseline } = last;
    const isFirst = base === null || have.has(base) || have.has(baseline);
    const before = isFirst ? undefined : toBaseline.get(base);
    if (!isFirst && before === undefined) continue;
    const chain = { last, before, length: 1 + (before?.length ?? 0) };
    toBundle.set(last.name, chain);
    const other = toBaseline.get(baseline);
    toBaseline.set(baseline, other === undefined ? chain : better(other, chain));
  }
  return toBundle;
}

/** Prefers the fewest bundles, and then the least to read: a delta from the highest base. */
function better(a: Chain, b: Chain): Chain {
  if (a.length !== b.length) return a.length < b.length ? a : b;
  return baseSequence(a.last) >= baseSequence(b.last) ? a : b;
}

function namesOf(chain: Chain): [string, ...string[]] {
  const names: [string, ...string[]] = [chain.last.name];
  for (let link = chain.before; link !== undefined; link = link.before) names.unshift(link.last.name);
  return names;
}

/** Returns the bundles of the host's track, or of another one when it is to switch; the highest first. */
function ofTrack(bundles: readonly BundleName[], { media, track, switchTrack }: BundleOffer): BundleName[] {
  const own = bundles.filter((bundle) => (bundle.track === track) !== switchTrack);
  const offered = own.length > 0 ? own : [...bundles];
  if (offered.every((bundle) => bundle.track === offered[0]?.track)) return offered;
  throw new PommgrError('usage.bundle', `${media} has bundles of several tracks.`, chooseOne(bundles, media));
}

function ofName(bundles: readonly BundleName[], chosen: string, { media }: BundleOffer): BundleName[] {
  const found = bundles.filter(({ name }) => name === chosen);
  if (found.length > 0 || bundles.length === 0) return found;
  throw new PommgrError(
    'usage.bundle',
    `There is no bundle ${chosen} on ${media}.`,
    chooseOne(bundles, media),
  );
}

function chooseOne(bundles: readonly BundleName[], media: string) {
  const found = bundles.map(({ name }) => name).toReversed();
  return {
    hints: [`There are: ${found.join(', ')}.`, 'Choose one with --bundle NAME.'],
    details: { media, found },
  };
}

function noBundle(media: string): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `There is no bundle on ${media}: nothing in ${media}/bundles.`,
    {
      hints: [
        'Check that the medium is mounted, and that "pommgr pack" ended without an error.',
        'A medium with subscription keys alone is for "pommgr subscription activate".',
      ],
      details: { media, found: [] },
    },
  );
}

/** Sorts the highest first; for one baseline the full bundle first, then deltas from the highest base. */
function byBaseline(a: BundleName, b: BundleName): number {
  if (a.sequence !== b.sequence) return b.sequence - a.sequence;
  return a.base === null ? -1 : b.base === null ? 1 : baseSequence(b) - baseSequence(a);
}

function baseSequence({ base, track }: BundleName): number {
  return base === null ? 0 : Number(base.slice(track.length + 1));
}

/** Parses `<track>-<sequence>`, followed by `-from-<base>` for a delta. */
export function parseBundleName(name: string): BundleName {
  const [, track = name, sequence = '0', base] = /^(.+?)-([0-9]+)-from-(.+)$/.exec(name) ?? [];
  const delta = { name, track, sequence: Number(sequence) };
  if (base !== undefined && isBaseOf(base, delta)) {
    return { ...delta, baseline: baselineName(track, delta.sequence), base };
  }
  const [, ownTrack = name, own = '0'] = /^(.+)-([0-9]+)$/.exec(name) ?? [];
  return { name, track: ownTrack, sequence: Number(own), baseline: name, base: null };
}
