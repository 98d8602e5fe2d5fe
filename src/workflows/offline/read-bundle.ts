/**
 * Reads all of a bundle once and checks all that is in it: the two documents and that they fit together, each object,
 * that nothing is missing and nothing added. What becomes of the bytes is the receiver's.
 */
import type { VerifiedBundle } from '../../adapters/medium.ts';
import type { Baseline } from '../../domain/baseline.ts';
import { sourceText } from '../../domain/bundle-objects.ts';
import { PommgrError } from '../../domain/errors.ts';
import { requireBaseline, type BundleReading, type ReadBundleOptions } from './bundle-reading.ts';
import { readSnapshots } from './read-snapshots.ts';
import { readVolumes } from './read-volumes.ts';

/** What is in a bundle, once all of it was received and is right. */
export interface BundleContents {
  baseline: Baseline;
  /** Of its volumes, or files of its snapshots. */
  objects: number;
}

/** @throws PommgrError `integrity.*`, and what `receive` throws. */
export async function readBundle(
  verified: VerifiedBundle,
  options: ReadBundleOptions,
): Promise<BundleContents> {
  const { bundle, directory } = verified;
  const reading: BundleReading = { bundle, options, baseline: undefined, needed: new Map() };
  const read = bundle.layout === 'pom' ? readSnapshots : readVolumes;
  const objects = await read(verified, reading);
  const missing = reading.needed.entries().next().value;
  if (missing !== undefined) throw notThere(directory, ...missing);
  return { baseline: requireBaseline(reading, directory), objects };
}

function notThere(directory: string, sha256: string, object: Parameters<typeof sourceText>[0]): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${directory}: objects/${sha256} (${sourceText(object)}) is in none of the volumes.`,
    { hints: ['Pack the baseline again on the online side.'], details: { directory, sha256 } },
  );
}
