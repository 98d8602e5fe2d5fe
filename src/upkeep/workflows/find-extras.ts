/** Finds extras: in the bundles of a medium whose signatures count, or in the baselines of a store. */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { topPlace, type Place } from '../../core/domain/place.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { openBundle } from '../../medium/adapters/verified-bundle.ts';
import { readStoredExtras } from '../../store/adapters/stored-extras.ts';
import {
  locateStore,
  storedBaselineDirectory,
  storedBaselineNames,
  storeExists,
} from '../../store/adapters/store.ts';
import { chooseTrust } from '../../trust/adapters/trusted-keys.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { Context } from '../../core/domain/progress.ts';
import { noStore } from '../../host/workflows/work-on-store.ts';

export interface ExtrasOptions {
  /** Directory of a medium; without one, the store. */
  media?: string | undefined;
  /** Default: as the host's config says, else `<root>/var/lib/pommgr`. */
  store?: string | undefined;
  /** Where the host's / lies. Default: `/`. */
  root?: string | undefined;
  /** Public keys to trust instead of those of the machine. */
  keyFiles?: readonly string[] | undefined;
  context: Context;
}

export interface ExtrasPlace {
  /** Name of the bundle or baseline. */
  place: string;
  /** Its own. */
  directory: Place;
  /** Names of a bundle's volumes; undefined for a stored baseline. */
  volumes: string[] | undefined;
  extras: readonly Extra[];
}

export interface FoundExtras {
  media: string | null;
  store: string | null;
  places: ExtrasPlace[];
}

/** @throws PommgrError as `openBundle`; `state.no-store`, `usage.media`. */
export async function findExtras(options: ExtrasOptions): Promise<FoundExtras> {
  const root = await namedRoot(options.root);
  const { media } = options;
  if (media !== undefined) return { media, store: null, places: await placesOfMedium(media, root, options) };
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) throw noStore(store);
  const places: ExtrasPlace[] = [];
  for (const place of await storedBaselineNames(store)) {
    const directory = storedBaselineDirectory(store, place);
    const extras = await readStoredExtras(directory);
    places.push({ place, directory: topPlace(directory), volumes: undefined, extras });
  }
  return { media: null, store: store.directory, places };
}

async function placesOfMedium(
  media: string,
  root: string,
  { keyFiles, context }: ExtrasOptions,
): Promise<ExtrasPlace[]> {
  context.progress.step(`Checking ${media}`);
  const trusted = await chooseTrust(keyFiles ?? [], root);
  const places: ExtrasPlace[] = [];
  for (const place of (await listMedium(media)).bundles) {
    const { bundle, directory } = await openBundle(media, place, trusted);
    const volumes = bundle.volumes.map(({ file }) => file);
    places.push({ place, directory, volumes, extras: bundle.extras });
  }
  return places;
}
