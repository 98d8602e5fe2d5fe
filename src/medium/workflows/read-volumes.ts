/** Reads each volume of a bundle once, and checks framing, documents, each object, and that nothing is added. */
import { openPlainStream } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import { volumePlace, type TakenVolume, type VerifiedBundle } from '../adapters/verified-bundle.ts';
import { checkEntryName, readVolume, type VolumeEntry } from '../adapters/volume-reader.ts';
import type { Volume } from '../domain/bundle.ts';
import { sourceText } from '../domain/bundle-objects.ts';
import { pathOf, type Place } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  announceDocuments,
  checkSize,
  contradiction,
  readBaselineDocument,
  readPackageList,
  type BundleReading,
} from './bundle-reading.ts';

interface ReadEntry extends VolumeEntry {
  isTaken?: boolean;
}

/** Returns the number of objects. @throws PommgrError `integrity.*`, and what `receive` throws. */
export async function readVolumes(verified: VerifiedBundle, reading: BundleReading): Promise<number> {
  let objects = 0;
  let after: string | undefined;
  for (const volume of verified.bundle.volumes) {
    const place = volumePlace(verified, volume.file);
    const taken = verified.taken.get(volume.file);
    const read =
      taken === undefined
        ? await readOneVolume(reading, volume, { place, after })
        : await readTakenVolume(reading, volume, { taken, after });
    objects += read.objects;
    after = read.last;
  }
  return objects;
}

async function readOneVolume(
  reading: BundleReading,
  volume: Volume,
  { place, after }: { place: Place; after: string | undefined },
): Promise<{ objects: number; last: string | undefined }> {
  const { onProgress, signal } = reading.options;
  const path = pathOf(place);
  let objects = 0;
  let last = after;
  function onRead(chunk: Buffer): void {
    signal.throwIfAborted();
    onProgress(chunk.length);
  }
  for await (const entry of readVolume(place, { sizeBytes: volume.sizeBytes, after, onRead })) {
    last = entry.name;
    if (await readDocument(reading, entry, path)) continue;
    await readObject(reading, entry, path);
    objects += 1;
  }
  checkObjectCount(volume, objects, path);
  return { objects, last };
}

/** Compares what the store took of a volume with what the bundle needs. */
async function readTakenVolume(
  reading: BundleReading,
  volume: Volume,
  { taken, after }: { taken: TakenVolume; after: string | undefined },
): Promise<{ objects: number; last: string | undefined }> {
  const { onProgress, signal } = reading.options;
  const documents = after === undefined ? ['baseline.json', 'packages.jsonl'] : [];
  let last = after;
  for (const [index, { sha256, sizeBytes }] of taken.objects.entries()) {
    signal.throwIfAborted();
    const name = documents[index] ?? `objects/${sha256}`;
    checkEntryName(name, last, volume.file);
    last = name;
    const path = join(taken.directory, sha256);
    const entry = { name, sizeBytes, body: bytesOf(path), isTaken: true };
    if (!(await readDocument(reading, entry, path))) await readObject(reading, entry, volume.file);
    onProgress(sizeBytes);
  }
  const objects = taken.objects.length - documents.length;
  checkObjectCount(volume, objects, volume.file);
  return { objects, last };
}

/** The file is opened only when it is read. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  yield* (await openPlainStream(path)) as AsyncIterable<Buffer>;
}

/** Returns whether it was a document. @throws PommgrError `integrity.*` */
export async function readDocument(reading: BundleReading, entry: ReadEntry, path: string): Promise<boolean> {
  const where = `${path}: ${entry.name}`;
  if (entry.name === 'baseline.json') {
    await readBaselineDocument(reading, entry, where);
    return true;
  }
  if (entry.name !== 'packages.jsonl') return false;
  await readPackageList(reading, entry, { where });
  await announceDocuments(reading, where);
  return true;
}

async function readObject(reading: BundleReading, entry: ReadEntry, path: string): Promise<void> {
  const { sha256, where } = neededObject(reading, entry, path);
  const { sizeBytes, body, ...source } = entry;
  await reading.options.receive({ sizeBytes, sha256 }, { ...source, chunks: body, where });
  reading.needed.delete(sha256);
}

/** Returns what an entry must be, and which file it is. @throws PommgrError `integrity.extra`, `integrity.size` */
export function neededObject(
  { needed }: BundleReading,
  entry: { name: string; sizeBytes: number },
  path: string,
): { sha256: string; where: string } {
  const sha256 = entry.name.slice('objects/'.length);
  const object = needed.get(sha256);
  if (object === undefined) {
    throw new PommgrError('integrity.extra', `${path}: ${entry.name} does not belong to the bundle.`, {
      hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
      details: { file: path, entry: entry.name },
    });
  }
  const where = `${path}: ${entry.name} (${sourceText(object)})`;
  checkSize(entry, object, where);
  return { sha256, where };
}

/** @throws PommgrError `integrity.contents` */
export function checkObjectCount(volume: Volume, objects: number, path: string): void {
  if (objects === volume.objects) return;
  throw contradiction(path, `it holds ${objects} objects, but bundle.json says ${volume.objects}`);
}
