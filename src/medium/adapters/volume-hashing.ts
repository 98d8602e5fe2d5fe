/**
 * Reads volumes once, front to back, and hashes their objects in all lanes at once. Invariant: every byte that is not
 * an entry's data is exactly what pommgr writes there; each lane reads what it hashes. Only one lane reads at a time,
 * so that slow media are read in order, except for objects larger than a lane's memory.
 */
import type { FileHandle } from 'node:fs/promises';
import { tarPaddingBytes } from '../domain/volume-plan.ts';
import { tarBlockBytes, tarEndBytes } from '../../core/domain/tar-blocks.ts';
import { decodeTarHeader, isZero } from '../../core/adapters/archive.ts';
import {
  alignmentBytes,
  laneBytes,
  type HashLane,
  type HashLanes,
  type HashPart,
} from '../../core/adapters/hash-lanes.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import { pathOf, type Place } from '../../core/domain/place.ts';
import { checkEntryName, notZero, wrongSize } from './volume-reader.ts';

/** Bytes of a volume from which on entries must be hashed. */
export interface VolumePart {
  place: Place;
  /** Size of the whole file. */
  sizeBytes: number;
  /** Offset at which an entry begins. */
  position: number;
}

export interface HashedEntry {
  /** Path of the volume. */
  path: string;
  /** Name of the entry. */
  name: string;
  sizeBytes: number;
  sha256: string;
}

export interface VolumeHashingOptions {
  lanes: HashLanes;
  /** Name of the entry before the first; undefined where the first volume is read from its beginning. */
  after: string | undefined;
  /** Default: an ordinary file, through the page cache. This module closes the file. */
  open?: (place: Place) => Promise<{ file: FileHandle; sizeBytes: number }>;
  signal: AbortSignal;
  /** Bytes that were read. */
  onProgress: (bytes: number) => void;
}

/** Bytes that a lane reads at once; the rest of its memory is for the end of the last entry. */
const segmentBytes = (laneBytes / 4) * 3;
/** Bytes hashed between two checks of the signal, for an object that no memory holds. */
const moreBytes = 64 * 1024 * 1024;

/** Yields the entries of all volumes in their order. @throws PommgrError `integrity.tar`, `integrity.size` as readVolume. */
export async function* hashVolumes(
  volumes: readonly VolumePart[],
  options: VolumeHashingOptions,
): AsyncGenerator<HashedEntry> {
  const hashing: Segment[] = [];
  const closing: Promise<void>[] = [];
  let after = options.after;
  try {
    for (const part of volumes) {
      const volume = await openVolume(part, options);
      const segments: Promise<unknown>[] = [];
      try {
        while (!volume.isAtEnd) {
          const segment = await readSegment(volume, after, options);
          after = segment.last;
          hashing.push(segment);
          segments.push(segment.digests);
          while (hashing[0]?.isDone === true) yield* await entriesOf(hashing.shift());
        }
      } finally {
        const closed = Promise.allSettled(segments).then(() => volume.file.close());
        // A driver that died fails close(2), too. The error is reported below; unhandled until then, it would end the process.
        closed.catch(() => {});
        closing.push(closed);
      }
    }
    while (hashing.length > 0) yield* await entriesOf(hashing.shift());
  } catch (error) {
    // Earlier results are reported first: they may be wrong too.
    while (hashing.length > 0) yield* await entriesOf(hashing.shift());
    throw error;
  } finally {
    await Promise.all(closing);
  }
}

interface OpenVolume extends VolumePart {
  /** For messages. */
  path: string;
  file: FileHandle;
  /** Bytes of zeros before the next header. */
  paddingBytes: number;
  isAtEnd: boolean;
}

/** Entries that one lane hashes. */
interface Segment {
  path: string;
  entries: { name: string; sizeBytes: number }[];
  /** Name of the last entry, or of the one before where it has none. */
  last: string | undefined;
  digests: Promise<string[]>;
  isDone: boolean;
}

async function openVolume(part: VolumePart, { open = openAt }: VolumeHashingOptions): Promise<OpenVolume> {
  const { file, sizeBytes } = await open(part.place);
  const path = pathOf(part.place);
  if (sizeBytes === part.sizeBytes) return { ...part, path, file, paddingBytes: 0, isAtEnd: false };
  await file.close();
  throw wrongSize(path, part.sizeBytes, sizeBytes);
}

async function entriesOf(segment: Segment | undefined): Promise<HashedEntry[]> {
  if (segment === undefined) return [];
  const digests = await segment.digests;
  return segment.entries.map((entry, index) => ({
    path: segment.path,
    ...entry,
    sha256: digests[index] ?? '',
  }));
}

/** Reads whole entries, but only the beginning of one larger than the memory; the lane continues with the rest. */
async function readSegment(
  volume: OpenVolume,
  after: string | undefined,
  options: VolumeHashingOptions,
): Promise<Segment> {
  const lane = await options.lanes.take();
  try {
    options.signal.throwIfAborted();
    const skipped = volume.position % alignmentBytes;
    const start = volume.position - skipped;
    const end = await readPart(lane, volume, { position: start, atMost: segmentBytes, at: 0 });
    options.onProgress(end - skipped);
    const found = findEntries(lane.memory.subarray(0, end), volume, { at: skipped, start, after });
    if (found.restBytes > 0 && found.restBytes <= laneBytes - segmentBytes) {
      const room = { position: start + end, atMost: found.restBytes, at: end };
      const more = await readPart(lane, volume, room);
      if (more < found.restBytes) throw wrongSize(volume.path, volume.sizeBytes, start + end + more);
      options.onProgress(more);
      const last = found.parts.at(-1);
      if (last !== undefined) Object.assign(last, { end: last.end + more, isLast: true });
      found.restBytes = 0;
    }
    const digests = hashSegment(lane, { ...found, volume, position: start + end }, options);
    const segment: Segment = { path: volume.path, ...found, digests, isDone: false };
    digests.then(
      () => (segment.isDone = true),
      () => (segment.isDone = true),
    );
    return segment;
  } catch (error) {
    options.lanes.give(lane);
    throw error;
  }
}

/** Reads up to the end of the volume. */
async function readPart(
  lane: HashLane,
  { file, sizeBytes }: OpenVolume,
  { position, atMost, at }: { position: number; atMost: number; at: number },
): Promise<number> {
  return await lane.read(file, { position, sizeBytes: Math.min(atMost, sizeBytes - position), at });
}

interface FoundEntries {
  entries: { name: string; sizeBytes: number }[];
  last: string | undefined;
  parts: HashPart[];
  /** Bytes of the last entry that lie beyond what was read. */
  restBytes: number;
}

/** Walks the headers in `bytes`, which begin at `start` in the file, from `at` on; moves `volume` to the end. */
function findEntries(
  bytes: Buffer,
  volume: OpenVolume,
  { at, start, after }: { at: number; start: number; after: string | undefined },
): FoundEntries {
  const found: FoundEntries = { entries: [], last: after, parts: [], restBytes: 0 };
  let next = at;
  for (;;) {
    const header = next + volume.paddingBytes;
    const data = header + tarBlockBytes;
    // This leaves room for the end of a volume, so that it never spans two segments.
    if (header + tarEndBytes > bytes.length) {
      if (next === at) throw wrongSize(volume.path, volume.sizeBytes, start + bytes.length);
      break;
    }
    if (!isZero(bytes.subarray(next, header))) throw notZero(volume.path);
    const entry = decodeTarHeader(bytes.subarray(header, data), volume.path);
    if (entry === undefined) {
      checkEnd(bytes.subarray(header), volume, start + header);
      volume.isAtEnd = true;
      break;
    }
    checkEntryName(entry.name, found.last, volume.path);
    found.entries.push(entry);
    found.last = entry.name;
    volume.paddingBytes = tarPaddingBytes(entry.sizeBytes);
    next = data + entry.sizeBytes;
    const leastBytes = start + next + volume.paddingBytes + tarEndBytes;
    if (leastBytes > volume.sizeBytes) throw wrongSize(volume.path, leastBytes, volume.sizeBytes);
    const end = Math.min(next, bytes.length);
    found.restBytes = next - end;
    found.parts.push({ start: data, end, isFirst: true, isLast: found.restBytes === 0 });
    if (found.restBytes > 0) break;
  }
  volume.position = start + next;
  return found;
}

/** Checks the two blocks of zeros that end a volume, and the file with it. */
function checkEnd(bytes: Buffer, { path, sizeBytes }: OpenVolume, position: number): void {
  if (position + tarEndBytes !== sizeBytes) throw wrongSize(path, position + tarEndBytes, sizeBytes);
  if (!isZero(bytes)) throw notZero(path);
}

/** Hashes what the lane has read, then reads and hashes the rest of the last entry, and returns the lane. */
async function hashSegment(
  lane: HashLane,
  { parts, restBytes, volume, position }: FoundEntries & { volume: OpenVolume; position: number },
  { lanes, signal, onProgress }: VolumeHashingOptions,
): Promise<string[]> {
  try {
    const digests = await lane.hash(parts);
    for (let done = 0; done < restBytes; done += moreBytes) {
      signal.throwIfAborted();
      const sizeBytes = Math.min(moreBytes, restBytes - done);
      const more = { position: position + done, sizeBytes, isLast: done + sizeBytes === restBytes };
      const { bytesRead, digests: last } = await lane.hashMore(volume.file, more);
      if (bytesRead < sizeBytes) throw wrongSize(volume.path, volume.sizeBytes, more.position + bytesRead);
      digests.push(...last);
      onProgress(bytesRead);
    }
    return digests;
  } finally {
    lanes.give(lane);
  }
}
