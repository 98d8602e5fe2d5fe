/**
 * Reads every volume of a bundle once and checks all that is in it: framing, the two documents and that they fit
 * together, each object, that nothing is missing and nothing added. What becomes of the bytes is the receiver's.
 */
import { join } from 'node:path';
import { parseBaseline } from '../../adapters/baseline-files.ts';
import type { Hasher, HasherPool } from '../../adapters/hashing.ts';
import type { VerifiedBundle } from '../../adapters/medium.ts';
import { readVolume, type VolumeEntry } from '../../adapters/volume-reader.ts';
import type { Baseline } from '../../domain/baseline.ts';
import type { Bundle, Volume } from '../../domain/bundle.ts';
import { addPackage, baselineObjects, sourceText, type BundleObjects } from '../../domain/bundle-objects.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { ObjectFact } from '../../domain/digest.ts';
import { PommgrError } from '../../domain/errors.ts';
import { createPackageListCheck } from '../../domain/package-list-check.ts';

/**
 * Takes one object, or one of the documents, which come first. It must read the chunks to their end and throw
 * `integrity.*` unless they are `object`; a chunk holds until the next is asked for.
 */
export type ReceiveObject = (
  object: ObjectFact,
  source: { chunks: AsyncIterable<Buffer>; where: string },
) => Promise<void>;

export interface ReadBundleOptions {
  receive: ReceiveObject;
  /** Told once what the bundle must hold, before the first object is received; `objects` shrinks as they come. */
  onDocuments?: (documents: { baseline: Baseline; objects: BundleObjects }) => Promise<void>;
  signal: AbortSignal;
  /** Bytes of the volumes that were read. */
  onProgress: (bytes: number) => void;
  /** When given, the digests of the volumes are checked too. */
  volumeHashers?: HasherPool;
}

/** What is in a bundle, once all of it was received and is right. */
export interface BundleContents {
  baseline: Baseline;
  objects: number;
}

interface Reading {
  bundle: Bundle;
  options: ReadBundleOptions;
  baseline: Baseline | undefined;
  /** Not yet seen. */
  needed: BundleObjects;
}

/** @throws PommgrError `integrity.*`, and what `receive` throws. */
export async function readBundle(
  verified: VerifiedBundle,
  options: ReadBundleOptions,
): Promise<BundleContents> {
  const { bundle, directory } = verified;
  const reading: Reading = { bundle, options, baseline: undefined, needed: new Map() };
  let objects = 0;
  let after: string | undefined;
  for (const volume of bundle.volumes) {
    const read = await readOneVolume(reading, volume, { path: join(directory, volume.file), after });
    objects += read.objects;
    after = read.last;
  }
  const missing = reading.needed.entries().next().value;
  if (missing !== undefined) throw notThere(directory, ...missing);
  return { baseline: requireBaseline(reading, directory), objects };
}

async function readOneVolume(
  reading: Reading,
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
async function readEntry(reading: Reading, entry: VolumeEntry, path: string): Promise<boolean> {
  if (entry.name === 'baseline.json') await readBaselineDocument(reading, entry, path);
  else if (entry.name === 'packages.jsonl') await readPackageList(reading, entry, path);
  else {
    await readObject(reading, entry, path);
    return true;
  }
  return false;
}

async function readBaselineDocument(reading: Reading, entry: VolumeEntry, path: string): Promise<void> {
  const { bundle, options } = reading;
  const where = `${path}: ${entry.name}`;
  checkSize(entry, bundle.baseline.file, where);
  const parts: Buffer[] = [];
  const chunks = tapped(entry.body, (chunk) => parts.push(Buffer.from(chunk)));
  await options.receive(bundle.baseline.file, { chunks, where });
  const baseline = parseBaseline(Buffer.concat(parts).toString('utf8'), where);
  checkBaseline(bundle, baseline, where);
  reading.baseline = baseline;
  reading.needed = baselineObjects(baseline);
}

async function readPackageList(reading: Reading, entry: VolumeEntry, path: string): Promise<void> {
  const { bundle, options, needed } = reading;
  const where = `${path}: ${entry.name}`;
  const baseline = requireBaseline(reading, where);
  checkSize(entry, bundle.packages, where);
  const list = createPackageListCheck(baseline, where);
  const chunks = tapped(entry.body, (chunk) => {
    for (const line of list.add(chunk)) addPackage(needed, line);
  });
  await options.receive(bundle.packages, { chunks, where });
  list.finish();
  await options.onDocuments?.({ baseline, objects: needed });
}

function requireBaseline({ baseline }: Reading, where: string): Baseline {
  if (baseline === undefined) throw contradiction(where, 'no baseline.json comes before it');
  return baseline;
}

async function readObject({ needed, options }: Reading, entry: VolumeEntry, path: string): Promise<void> {
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

/** The same bytes, shown to `see` as they pass. */
async function* tapped(chunks: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    see(chunk);
    yield chunk;
  }
}

function checkBaseline(bundle: Bundle, baseline: Baseline, where: string): void {
  const expected = {
    name: bundle.baseline.name,
    digest: bundle.baseline.digest,
    track: bundle.track,
    sequence: bundle.sequence,
    packages: bundle.packages,
    targets: bundle.targets,
    mirrors: baseline.content.mirrors.map(({ id }) => id),
  };
  const found = {
    name: baseline.name,
    digest: baseline.digest,
    track: baseline.track,
    sequence: baseline.sequence,
    packages: baseline.packages,
    targets: baseline.content.targets,
    mirrors: baseline.snapshots.map(({ mirror }) => mirror),
  };
  if (canonicalJson(expected) === canonicalJson(found)) return;
  throw contradiction(where, 'bundle.json says something else about the baseline than the baseline itself', {
    expected,
    found,
  });
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

function checkSize(entry: VolumeEntry, expected: { sizeBytes: number }, where: string): void {
  if (entry.sizeBytes === expected.sizeBytes) return;
  throw new PommgrError(
    'integrity.size',
    `${where} is ${entry.sizeBytes} bytes long, expected ${expected.sizeBytes}.`,
    {
      hints: ['Do not use this bundle. Pack the baseline again on the online side.'],
      details: { file: where, expected: expected.sizeBytes, found: entry.sizeBytes },
    },
  );
}

function notThere(directory: string, sha256: string, object: Parameters<typeof sourceText>[0]): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${directory}: objects/${sha256} (${sourceText(object)}) is in none of the volumes.`,
    { hints: ['Pack the baseline again on the online side.'], details: { directory, sha256 } },
  );
}

function contradiction(where: string, why: string, details: Record<string, unknown> = {}): PommgrError {
  return new PommgrError('integrity.contents', `${where}: ${why}.`, {
    hints: ['Pack the baseline again on the online side.'],
    details: { file: where, ...details },
  });
}
