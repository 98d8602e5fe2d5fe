/**
 * Checks a bundle in volumes without keeping anything: like read-volumes.ts, but all objects are hashed at once, where
 * they are. The digests of the volumes follow from those of the objects (docs/decisions/0022).
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import type { HashLanes } from '../../core/adapters/hash-lanes.ts';
import { volumePlace, type VerifiedBundle } from '../adapters/verified-bundle.ts';
import { hashVolumes, type HashedEntry } from '../adapters/volume-hashing.ts';
import { readVolume } from '../adapters/volume-reader.ts';
import { pathOf } from '../../core/domain/place.ts';
import type { PommgrError } from '../../core/domain/errors.ts';
import { documentsSizeBytes } from '../domain/volume-plan.ts';
import type { BundleReading } from './bundle-reading.ts';
import { checkObjectCount, neededObject, readDocument } from './read-volumes.ts';

/** Returns the number of objects. @throws PommgrError `integrity.*` */
export async function checkVolumes(
  verified: VerifiedBundle,
  reading: BundleReading,
  lanes: HashLanes,
): Promise<number> {
  const { bundle } = verified;
  const { signal, onProgress } = reading.options;
  const position = await readDocuments(verified, reading);
  const parts = bundle.volumes.map(({ file, sizeBytes }, index) => ({
    place: volumePlace(verified, file),
    sizeBytes,
    position: index === 0 ? position : 0,
  }));
  const counts = new Map<string, number>();
  for await (const entry of hashVolumes(parts, { lanes, after: 'packages.jsonl', signal, onProgress })) {
    checkEntry(reading, entry);
    counts.set(entry.path, (counts.get(entry.path) ?? 0) + 1);
  }
  for (const volume of bundle.volumes) {
    const path = pathOf(volumePlace(verified, volume.file));
    checkObjectCount(volume, counts.get(path) ?? 0, path);
  }
  return bundle.volumes.reduce((sum, { objects }) => sum + objects, 0);
}

/** Returns the offset of the first object. */
async function readDocuments(verified: VerifiedBundle, reading: BundleReading): Promise<number> {
  const { bundle } = verified;
  const { signal, onProgress } = reading.options;
  for (const { file, sizeBytes } of bundle.volumes.slice(0, 1)) {
    const place = volumePlace(verified, file);
    for await (const entry of readVolume(place, { sizeBytes, after: undefined })) {
      signal.throwIfAborted();
      if (!(await readDocument(reading, entry, pathOf(place)))) break;
    }
  }
  const position = documentsSizeBytes([bundle.baseline.file, bundle.packages]);
  onProgress(position);
  return position;
}

function checkEntry(reading: BundleReading, entry: HashedEntry): void {
  const { sha256, where } = neededObject(reading, entry, entry.path);
  if (entry.sha256 !== sha256) throw wrongDigest(where, sha256, entry.sha256);
  reading.needed.delete(sha256);
}

function wrongDigest(where: string, expected: string, found: string): PommgrError {
  return digestMismatch(where, {
    ...{ expected, found },
    hints: ['The file was changed or damaged. Copy the whole bundle again from the online side.'],
  });
}
