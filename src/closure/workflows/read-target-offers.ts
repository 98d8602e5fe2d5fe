/** Reads what the mirrors of a target offer from their indices, with and without their filters. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { readSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import type { ClosableMirror } from './closable-mirror.ts';
import { scanIndex } from '../../mirror/adapters/index-files.ts';
import type { Compression, PlannedIndex } from '../../upstream/domain/index-plan.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import { createOffersScanner } from '../domain/offers-index.ts';
import { createOffers, offerKey, type MirrorPriority, type Offer, type Offers } from '../domain/offers.ts';

/** A mirror whose packages are listed, and the directory with its `dists/`. */
export interface PlacedMirror {
  mirror: ClosableMirror;
  directory: string;
}

export interface TargetOffers {
  /** What a whole baseline would hold. */
  offers: Offers;
  /** Offers without the filters of the mirrors; the same object where they leave nothing out. */
  unfiltered: Offers;
  /** Number and size of all packages that a whole baseline would hold. */
  whole: { files: number; sizeBytes: number };
}

export async function readTargetOffers(
  mirrors: readonly PlacedMirror[],
  about: {
    nativeArchitecture: string;
    architectures: ReadonlySet<string>;
    /** Priorities of the mirrors, by id. */
    priorities: ReadonlyMap<string, MirrorPriority>;
    /** `name version` of installed packages. */
    installed: ReadonlySet<string>;
    hashers: HasherPool;
  },
): Promise<TargetOffers> {
  const isWanted = ({ name, version }: Offer): boolean => about.installed.has(`${name} ${version}`);
  const taken = createOffers({ ...about, isWanted });
  const all = createOffers({ ...about, isWanted });
  const whole = { files: 0, sizeBytes: 0 };
  let isFiltered = false;
  for (const placed of mirrors) {
    const listed = new Set<string>();
    for await (const entry of readSelectedPackages(placed.mirror.packages.path)) {
      if (entry.architecture !== 'source') listed.add(offerKey(entry));
      whole.files += 1;
      whole.sizeBytes += entry.sizeBytes;
    }
    await scanOffers(placed, about.hashers, (offer) => {
      all.add(offer);
      if (listed.has(offerKey(offer))) taken.add(offer);
      else isFiltered = true;
    });
  }
  const offers = taken.finish();
  return { offers, unfiltered: isFiltered ? all.finish() : offers, whole };
}

/** Passes each binary package of a mirror's indices to `onOffer`. */
async function scanOffers(
  { mirror, directory }: PlacedMirror,
  hashers: HasherPool,
  onOffer: (offer: Offer) => void,
): Promise<void> {
  const { id } = mirror.mirror;
  for (const { planned } of mirror.indices) {
    if (planned.kind !== 'packages') continue;
    const scanner = createOffersScanner({
      mirror: id,
      component: planned.component,
      index: planned.plain.path,
    });
    const file = await indexFile(planned, join(directory, suiteDirectory(mirror.mirror.suite)));
    await scanIndex(planned, { file, hashers, where: `Mirror ${id}` }, (chunk) => {
      for (const offer of scanner.push(chunk)) onOffer(offer);
    });
    for (const offer of scanner.end()) onOffer(offer);
  }
}

/** Returns the existing form of an index that is read fastest; undefined where there is none, as for an empty index. */
async function indexFile(
  { plain, forms }: PlannedIndex,
  directory: string,
): Promise<{ path: string; compression: Compression } | undefined> {
  for (const { path, compression } of [{ ...plain, compression: 'plain' as const }, ...forms]) {
    const file = join(directory, path);
    try {
      await access(file);
      return { path: file, compression };
    } catch {
      // The next form may exist.
    }
  }
  return undefined;
}
