/**
 * Reads a bundle as a whole once and checks everything in it: the two documents and that they fit together, each
 * object, that nothing is missing and nothing is added. The receiver decides what becomes of the bytes.
 */
import { pathOf } from '../../core/domain/place.ts';
import { type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { watchMedium } from '../../medium/adapters/medium-watch.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { checkBaseObjects } from '../../medium/domain/bundle-base.ts';
import {
  contentsWithout,
  countContents,
  sourceText,
  type BundleContents,
} from '../../medium/domain/bundle-objects.ts';
import { bundleTotal } from '../../medium/domain/bundle.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import {
  requireBaseline,
  type BundleReading,
  type ReadBundleOptions,
} from '../../medium/workflows/bundle-reading.ts';
import { checkVolumes } from '../../medium/workflows/check-volumes.ts';
import { readSnapshots } from './read-snapshots.ts';
import { readVolumes } from '../../medium/workflows/read-volumes.ts';

/** Contents of a bundle, after all of it was received and is valid. */
export interface ReadContents {
  baseline: Baseline;
  /** Number of objects in its volumes, or of files in its snapshots. */
  objects: number;
  /** Number of packages and indices that it brings. */
  counted: BundleContents;
}

/** @throws PommgrError `integrity.*`, and what `receive` throws. */
export async function readBundle(
  verified: VerifiedBundle,
  options: ReadBundleOptions,
): Promise<ReadContents> {
  const { bundle } = verified;
  const directory = pathOf(verified.directory);
  const { shares } = verified;
  const reading: BundleReading = {
    bundle,
    shares,
    options,
    baseline: undefined,
    needed: new Map(),
    contents: undefined,
  };
  const objects = await watchMedium(verified.allMedia, () => readObjects(verified, reading));
  const left = countContents(reading.needed);
  if (bundle.base !== null && options.base === undefined) {
    checkBaseObjects(bundle.base, reading.needed, directory);
    reading.needed.clear();
  }
  const missing = reading.needed.entries().next().value;
  if (missing !== undefined) throw notThere(directory, ...missing);
  const counted = contentsWithout(reading.contents ?? left, left);
  return { baseline: requireBaseline(reading, directory), objects, counted };
}

function readObjects(verified: VerifiedBundle, reading: BundleReading): Promise<number> {
  const { lanes } = reading.options;
  if (verified.bundle.layout === 'pom') return readSnapshots(verified, reading);
  return lanes === undefined ? readVolumes(verified, reading) : checkVolumes(verified, reading, lanes);
}

/** Works like `readBundle`, with a meter. */
export async function readWithProgress(
  verified: VerifiedBundle,
  options: Pick<ReadBundleOptions, 'receive' | 'onDocuments' | 'base'>,
  { progress, signal }: Context,
): Promise<ReadContents> {
  const meter = progress.meter(`Reading ${verified.name}`, bundleTotal(verified.bundle));
  try {
    const { receive, onDocuments, base } = options;
    const onProgress = (bytes: number): void => meter.add(bytes);
    return await readBundle(verified, {
      ...{ receive, base, signal, onProgress },
      ...(onDocuments === undefined ? {} : { onDocuments }),
    });
  } finally {
    meter.done();
  }
}

function notThere(directory: string, sha256: string, object: Parameters<typeof sourceText>[0]): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${directory}: objects/${sha256} (${sourceText(object)}) is in none of the volumes.`,
    { hints: ['Pack the baseline again on the online side.'], details: { directory, sha256 } },
  );
}
