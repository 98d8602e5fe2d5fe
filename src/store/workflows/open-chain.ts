/** Chooses among the bundles of a medium and opens them: the one to apply, and those that its base needs. */
import { openBundles } from '../../medium/adapters/medium-set.ts';
import { absentVolumes, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { storedBaselineNames, type Store } from '../adapters/store.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { admitImport, offerOf } from '../domain/apply-plan.ts';
import { chooseBundles, type BundleOffer } from '../../medium/domain/bundle-choice.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { StoreState } from '../domain/store-state.ts';

/** A bundle, and the bundles of the medium that have to be stored before it, in order. */
export interface BundleChain {
  before: readonly VerifiedBundle[];
  verified: VerifiedBundle;
}

export interface ChainOptions {
  store: Store;
  state: StoreState;
  trusted: TrustedKeys;
  context: Context;
}

/**
 * Checks the manifests of all of them before a volume of the first is read.
 * @throws PommgrError as `chooseBundles`, `openBundles` and `admitImport`; `integrity.base` for bundles that do not fit
 *   together.
 */
export async function openChain(
  offer: Omit<BundleOffer, 'stored' | 'media'> & { media: readonly string[] },
  { store, state, trusted, context }: ChainOptions,
): Promise<BundleChain> {
  const { switchTrack } = offer;
  const listings: Listing[] = [];
  for (const media of offer.media) listings.push({ media, bundles: (await listMedium(media)).bundles });
  const gone = new Map<string, PommgrError>();
  const stored = await storedBaselineNames(store);
  const opened = await openChosen(listings, { offer: { ...offer, stored }, trusted, gone, context });
  const before = opened.slice(0, -1);
  for (const [index, verified] of before.entries()) {
    checkLink(verified, opened[index + 1]);
    admitImport(offerOf(verified.bundle), state, { switchTrack });
  }
  const verified = opened.at(-1);
  if (verified === undefined) throw new Error('no bundle was chosen');
  warnOfNewSigners(opened, context);
  return { before, verified };
}

interface Listing {
  media: string;
  bundles: string[];
}

/**
 * Opens the bundles that lead to the wanted baseline, in order. A bundle whose snapshots Proxmox Offline Mirror removed
 * from the medium is skipped, unless it was requested by name.
 */
async function openChosen(
  listings: readonly Listing[],
  about: {
    offer: Omit<BundleOffer, 'media'>;
    trusted: TrustedKeys;
    /** Bundles that turned out to be gone, by name. */
    gone: Map<string, PommgrError>;
    context: Context;
  },
): Promise<VerifiedBundle[]> {
  const { offer, trusted, gone, context } = about;
  const bundles = new Set(listings.flatMap((listing) => listing.bundles));
  const media = listings.map((listing) => listing.media).join(', ');
  const left = [...bundles].filter((name) => !gone.has(name));
  const [lastGone] = [...gone.values()].slice(-1);
  if (left.length === 0 && lastGone !== undefined) throw lastGone;
  const { names, passedOver } = chooseBundles(left, { ...offer, media });
  const opened: VerifiedBundle[] = [];
  for (const name of names) {
    const places = listings.filter((listing) => listing.bundles.includes(name));
    try {
      opened.push(
        await openOne(
          places.map((place) => place.media),
          name,
          trusted,
        ),
      );
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'integrity.gone' || offer.chosen === name)
        throw error;
      context.progress.warn(error.message);
      gone.set(name, error);
      return await openChosen(listings, about);
    }
  }
  for (const { name, base } of passedOver) {
    context.progress.warn(
      `${name} is newer than what can be had: its base ${base} is neither in the store nor on ${media}.`,
    );
  }
  return opened;
}

/** Opens the first medium that has the whole bundle, or all of the media together. */
async function openOne(
  media: readonly string[],
  name: string,
  trusted: TrustedKeys,
): Promise<VerifiedBundle> {
  const found = (await openBundles(media, name, trusted)).map(({ verified }) => verified);
  const [first] = found.toSorted((a, b) => absentVolumes(a).length - absentVolumes(b).length);
  if (first === undefined) throw new Error(`no medium has ${name}`);
  return first;
}

function checkLink({ name, bundle }: VerifiedBundle, next: VerifiedBundle | undefined): void {
  const expected = next?.bundle.base;
  if (expected?.digest === bundle.baseline.digest) return;
  throw new PommgrError(
    'integrity.base',
    `The bundle ${next?.name} needs ${expected?.name} with the digest ${expected?.digest}, but that of ${name} has the digest ${bundle.baseline.digest}.`,
    {
      hints: ['A baseline never changes. Find out on the online side why two were made with one name.'],
      details: { bundle: next?.name, base: name, expected: expected?.digest, found: bundle.baseline.digest },
    },
  );
}

function warnOfNewSigners(opened: readonly VerifiedBundle[], { progress }: Context): void {
  const handovers = new Map(
    opened.flatMap(({ newSigners }) =>
      newSigners.map(({ fingerprint, vouchedBy }) => [fingerprint, vouchedBy] as const),
    ),
  );
  for (const [fingerprint, vouchedBy] of handovers) {
    progress.warn(`The bundle is signed by a new key, ${fingerprint}, to which ${vouchedBy} handed over.`);
  }
}
