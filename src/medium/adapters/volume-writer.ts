/**
 * Writes a volume: canonical framing around files whose digests are checked as they pass. Invariant: when it returns,
 * the volume is durable, and every byte of it was hashed on the way.
 */
import { closeSync, fstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createAt } from '../../core/adapters/writes-at.ts';
import { pathOf, type Place } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { tarPaddingBytes, type PlannedEntry, type PlannedVolume } from '../domain/volume-plan.ts';
import { tarBlockBytes, tarEndBytes } from '../../core/domain/tar-blocks.ts';
import { at } from '../../core/adapters/error-place.ts';
import { encodeTarHeader } from '../../core/adapters/archive.ts';
import {
  pipelineBlockBytes,
  type FilledBlock,
  type VolumePass,
  type VolumePipeline,
} from './volume-pipeline.ts';
import { changedSource, openSource, type LocateEntry } from './volume-source.ts';

export interface VolumeWriterOptions {
  locate: LocateEntry;
  pipeline: VolumePipeline;
  signal: AbortSignal;
  /** Called with the bytes of entries, and the whole entries, that were read and match. */
  onProgress: (bytes: number, entries: number) => void;
}

/**
 * Written bytes are flushed to the medium in steps of this size, so that progress is real and the end is not a long
 * wait.
 */
const syncBytes = 32 * 1024 * 1024;
/** Maximum number of files that are open for one block. */
const maxSources = 64;

/**
 * Writes a volume at a free place and returns its SHA-256.
 * @throws PommgrError `integrity.missing`, `integrity.size` or `integrity.digest` for a file that is not what it should be.
 */
export async function writeVolume(
  place: Place,
  volume: PlannedVolume,
  options: VolumeWriterOptions,
): Promise<string> {
  const output = await createAt(place);
  try {
    return await at(pathOf(place), () => streamVolume(output, volume, options));
  } finally {
    await output.close();
  }
}

/** Returns the SHA-256 that `writeVolume` would return, from the same files, without writing anything. */
export async function digestVolume(volume: PlannedVolume, options: VolumeWriterOptions): Promise<string> {
  return streamVolume(undefined, volume, options);
}

async function streamVolume(
  output: FileHandle | undefined,
  volume: PlannedVolume,
  options: VolumeWriterOptions,
): Promise<string> {
  const pass = options.pipeline.begin(output);
  const sink = createSink(pass, { output, ...options });
  try {
    for (const entry of volume.entries) {
      await sink.frame(encodeTarHeader(entry.name, entry.sizeBytes));
      await copyEntry(entry, sink, options);
      await sink.frame(Buffer.alloc(tarPaddingBytes(entry.sizeBytes)));
    }
    for (let bytes = 0; bytes < tarEndBytes; bytes += tarBlockBytes)
      await sink.frame(Buffer.alloc(tarBlockBytes));
    return await sink.finish();
  } finally {
    await sink.close();
  }
}

/** A file that becomes an entry. */
interface Source {
  entry: PlannedEntry;
  path: string;
  fd: number;
}

interface Sink {
  /** Appends a header or padding, at most a tar block. */
  frame(bytes: Uint8Array): Promise<void>;
  /** Appends as much of a file as fits and returns how much that was. The last read closes the file. */
  read(source: Source, position: number): Promise<number>;
  /** Waits until everything is on the medium; returns the digest. */
  finish(): Promise<string>;
  /** Closes the open files, once nobody reads from them. */
  close(): Promise<void>;
}

interface SinkOptions extends VolumeWriterOptions {
  output: FileHandle | undefined;
}

/** A block, and the files that are read for it. */
interface OpenBlock extends FilledBlock {
  sources: Set<Source>;
  /** Files whose last part is in the block, in their order. */
  ended: Source[];
}

/** Gathers entries into blocks. */
function createSink(pass: VolumePass, { output, signal, onProgress }: SinkOptions): Sink {
  const opened = new Set<Source>();
  let block: OpenBlock | undefined;
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  return { frame, read, finish, close };

  async function roomFor(bytes: number): Promise<OpenBlock> {
    if (block !== undefined && block.filledBytes + bytes > pipelineBlockBytes) await send(block);
    block ??= {
      ...(await pass.take()),
      filledBytes: 0,
      reads: [],
      parts: [],
      sources: new Set(),
      ended: [],
    };
    return block;
  }

  async function frame(bytes: Uint8Array): Promise<void> {
    const { memory, start, filledBytes } = await roomFor(bytes.length);
    memory.set(bytes, start + filledBytes);
    if (block !== undefined) block.filledBytes += bytes.length;
  }

  async function read(source: Source, position: number): Promise<number> {
    opened.add(source);
    const into = await roomFor(1);
    const left = source.entry.sizeBytes - position;
    const sizeBytes = Math.min(left, pipelineBlockBytes - into.filledBytes);
    const at = into.start + into.filledBytes;
    if (sizeBytes > 0) into.reads.push({ fd: source.fd, position, sizeBytes, at, isAligned: false });
    into.parts.push({ start: at, end: at + sizeBytes, isFirst: position === 0, isLast: sizeBytes === left });
    into.filledBytes += sizeBytes;
    into.sources.add(source);
    if (sizeBytes === left) into.ended.push(source);
    if (into.sources.size === maxSources) await send(into);
    return sizeBytes;
  }

  async function send(full: OpenBlock): Promise<void> {
    signal.throwIfAborted();
    block = undefined;
    const expected = full.reads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    pass.send(full, async (bytesRead, digests) => {
      if (bytesRead < expected) throw shortSource(full.sources);
      for (const [index, source] of full.ended.entries()) {
        checkDigest(source, digests[index] ?? '');
        opened.delete(source);
        closeSync(source.fd);
      }
      onProgress(bytesRead, full.ended.length);
    });
    unsynced += full.filledBytes;
    if (unsynced >= syncBytes) await startSync();
  }

  /** Only one sync runs at a time, in parallel with the work; its failure surfaces at the next one or at the end. */
  async function startSync(): Promise<void> {
    await syncing;
    unsynced = 0;
    syncing = output?.datasync();
    syncing?.catch(() => {});
  }

  async function finish(): Promise<string> {
    if (block !== undefined) await send(block);
    const digest = await pass.finish();
    await syncing;
    await output?.sync();
    return digest;
  }

  async function close(): Promise<void> {
    await pass.settle();
    for (const { fd } of opened) closeSync(fd);
  }
}

async function copyEntry(entry: PlannedEntry, sink: Sink, { locate }: VolumeWriterOptions): Promise<void> {
  const { fd, path, sizeBytes } = openSource(entry, locate(entry));
  const source = { entry, path, fd };
  if (sizeBytes !== entry.sizeBytes) {
    closeSync(fd);
    throw changedSource(path, 'size', { expected: entry.sizeBytes, found: sizeBytes });
  }
  let position = 0;
  do {
    position += await sink.read(source, position);
  } while (position < entry.sizeBytes);
}

function checkDigest({ entry, path }: Source, found: string): void {
  if (found !== entry.sha256) throw changedSource(path, 'digest', { expected: entry.sha256, found });
}

/** Returns the error for the file among them that has shrunk. */
function shortSource(sources: ReadonlySet<Source>): PommgrError {
  for (const { entry, path, fd } of sources) {
    const { size } = fstatSync(fd);
    if (size < entry.sizeBytes)
      return changedSource(path, 'size', { expected: entry.sizeBytes, found: size });
  }
  return new PommgrError('bug.volume', 'A file gave fewer bytes than it has.');
}
