/** A bundle in volumes: reads each once, and checks framing, documents, each object, and that nothing is added. */
import { join } from 'node:path';
import type { Hasher } from '../../adapters/hashing.ts';
import type { VerifiedBundle } from '../../adapters/medium.ts';
import { readVolume, type VolumeEntry } from '../../adapters/volume-reader.ts';
import type { Volume } from '../../domain/bundle.ts';
import { sourceText } from '../../domain/bundle-objects.ts';
import { PommgrError } from '../../domain/errors.ts';
import {
  announceDocuments,
  checkSize,
  contradiction,
  readBaselineDocument,
  readPackageList,
  type BundleReading,
} from './bundle-reading.ts';

/** Gives the number of objects. @throws PommgrError `integrity.*`, and what `receive` throws. */
export async function readVolumes(
  { bundle, directory }: VerifiedBundle,
  reading: BundleReading,
): Promise<number> {
  let objects = 0;
  let after: string | undefined;
  for (const volume of bundle.volumes) {
    const read = await readOneVolume(reading, volume, { path: join(directory, volume.file), after });
    objects += read.objects;
    after = read.last;
  }
  return objects;
}

async function readOneVolume(
  reading: BundleReading,
  volume: Volume,
  { path, after }: { path: string; after: string | undefined },
): Promise<{ objects: number; last: string | undefined }> {
  const { onProgress, signal, volumeHashers } = reading.options;
  const hasher = volumeHashers?.createHasher();
  let objects = 0;
  let last = after;
  async function onRead(chunk: Buffer): Promise<void> {
    signal.throwIfAborted();
    await hasher?.update(chunk);
    onProgress(chunk.length);
  }
  try {
    for await (const entry of readVolume(path, { sizeBytes: volume.sizeBytes, after, onRead })) {
      last = entry.name;
      if (await readEntry(reading, entry, path)) objects += 1;
    }
  } catch (error) {
    hasher?.abandon();
    throw error;
  }
  await checkVolume(volume, { path, objects, hasher });
  return { objects, last };
}

/** Whether it was an object, not a document. */
async function readEntry(reading: BundleReading, entry: VolumeEntry, path: string): Promise<boolean> {
  const where = `${path}: ${entry.name}`;
  if (entry.name === 'baseline.json') await readBaselineDocument(reading, entry, where);
  else if (entry.name === 'packages.jsonl') {
    await readPackageList(reading, entry, { where });
    await announceDocuments(reading, where);
  } else {
    await readObject(reading, entry, path);
    return true;
  }
  return false;
}

async function readObject(
  { needed, options }: BundleReading,
  entry: VolumeEntry,
  path: string,
): Promise<void> {
  const sha256 = entry.name.slice('objects/'.length);
  const object = needed.get(sha256);
  if (object === undefined) {
    throw new PommgrError('integrity.extra', `${path}: ${entry.name} does not belong to the baseline.`, {
      hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
      details: { file: path, entry: entry.name },
    });
  }
  const where = `${path}: ${entry.name} (${sourceText(object)})`;
  checkSize(entry, object, where);
  await options.receive({ sizeBytes: object.sizeBytes, sha256 }, { chunks: entry.body, where });
  needed.delete(sha256);
}

async function checkVolume(
  volume: Volume,
  read: { path: string; objects: number; hasher: Hasher | undefined },
): Promise<void> {
  const { path, objects } = read;
  const found = await read.hasher?.digest();
  if (found !== undefined && found !== volume.sha256) {
    throw new PommgrError(
      'integrity.digest',
      `${path} has the SHA-256 ${found}, expected ${volume.sha256}.`,
      {
        hints: ['The file was changed. Copy the whole bundle again from the online side.'],
        details: { file: path, expected: volume.sha256, found },
      },
    );
  }
  if (objects !== volume.objects) {
    throw contradiction(path, `it holds ${objects} objects, but bundle.json says ${volume.objects}`);
  }
}
