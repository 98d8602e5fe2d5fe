/**
 * Writes a volume: canonical framing around files whose digests are checked as they pass.
 * Invariant: when it returns, the volume is on disk, and every byte of it was hashed on its way there.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { PommgrError } from '../domain/errors.ts';
import {
  tarEndBytes,
  tarPaddingBytes,
  type PlannedEntry,
  type PlannedVolume,
} from '../domain/volume-plan.ts';
import { encodeTarHeader } from './archive.ts';
import { systemErrorCode } from './atomic-files.ts';
import type { HasherPool } from './hashing.ts';

export interface VolumeWriterOptions {
  /** Where an entry's bytes may be: the first of these files that is there is taken. */
  locate: (entry: PlannedEntry) => [string, ...string[]];
  hashers: HasherPool;
  signal: AbortSignal;
  /** Bytes of entries, and whole entries, that were written. */
  onProgress: (bytes: number, entries: number) => void;
}

const bufferBytes = 1024 * 1024;
/** Written bytes are sent to the medium in steps of this size, so that progress is real and the end is not a long wait. */
const syncBytes = 32 * 1024 * 1024;

/**
 * Writes `path`, which must not exist, and gives its SHA-256.
 * @throws PommgrError `integrity.missing`, `integrity.size` or `integrity.digest` for a file that is not what it should be.
 */
export async function writeVolume(
  path: string,
  volume: PlannedVolume,
  options: VolumeWriterOptions,
): Promise<string> {
  const volumeHasher = options.hashers.createHasher();
  const output = await open(path, 'wx', 0o644);
  try {
    const sink = createSink(output, (chunk) => volumeHasher.update(chunk));
    for (const entry of volume.entries) {
      await sink.write(encodeTarHeader(entry.name, entry.sizeBytes));
      await copyEntry(entry, sink, options);
      await sink.write(Buffer.alloc(tarPaddingBytes(entry.sizeBytes)));
    }
    await sink.write(Buffer.alloc(tarEndBytes));
    await sink.finish();
  } catch (error) {
    volumeHasher.abandon();
    throw error;
  } finally {
    await output.close();
  }
  return await volumeHasher.digest();
}

interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  /** Reads the next piece of a file straight into the buffer; the view holds until the next call. */
  readFrom(file: FileHandle, atMost: number): Promise<Uint8Array>;
  /** Everything is on the medium. */
  finish(): Promise<void>;
}

/** Gathers small writes into large ones. */
function createSink(output: FileHandle, see: (chunk: Uint8Array) => Promise<void> | undefined): Sink {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  let filled = 0;
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  return { write, readFrom, finish };

  async function write(bytes: Uint8Array): Promise<void> {
    if (filled + bytes.length > bufferBytes) await flush();
    buffer.set(bytes, filled);
    filled += bytes.length;
  }

  async function readFrom(file: FileHandle, atMost: number): Promise<Uint8Array> {
    if (filled === bufferBytes) await flush();
    const { bytesRead } = await file.read(buffer, filled, Math.min(atMost, bufferBytes - filled));
    filled += bytesRead;
    return buffer.subarray(filled - bytesRead, filled);
  }

  async function flush(): Promise<void> {
    const chunk = buffer.subarray(0, filled);
    filled = 0;
    await see(chunk);
    for (let offset = 0; offset < chunk.length; ) {
      offset += (await output.write(chunk, offset)).bytesWritten;
    }
    unsynced += chunk.length;
    if (unsynced >= syncBytes) await startSync();
  }

  /** One at a time, and beside the work that goes on; its failure is met at the next one or at the end. */
  async function startSync(): Promise<void> {
    await syncing;
    unsynced = 0;
    syncing = output.datasync();
    syncing.catch(() => {});
  }

  async function finish(): Promise<void> {
    await flush();
    await syncing;
    await output.sync();
  }
}

async function copyEntry(entry: PlannedEntry, sink: Sink, options: VolumeWriterOptions): Promise<void> {
  const { file, path } = await openSource(entry, options.locate(entry));
  const hasher = options.hashers.createHasher();
  try {
    const { size } = await file.stat();
    if (size !== entry.sizeBytes) throw changed(path, 'size', { expected: entry.sizeBytes, found: size });
    for (let left = entry.sizeBytes; left > 0; ) {
      options.signal.throwIfAborted();
      const chunk = await sink.readFrom(file, left);
      if (chunk.length === 0)
        throw changed(path, 'size', { expected: entry.sizeBytes, found: entry.sizeBytes - left });
      left -= chunk.length;
      await hasher.update(chunk);
      options.onProgress(chunk.length, 0);
    }
  } catch (error) {
    hasher.abandon();
    throw error;
  } finally {
    await file.close();
  }
  const found = await hasher.digest();
  if (found !== entry.sha256) throw changed(path, 'digest', { expected: entry.sha256, found });
  options.onProgress(0, 1);
}

async function openSource(
  entry: PlannedEntry,
  [path, ...others]: [string, ...string[]],
): Promise<{ file: FileHandle; path: string }> {
  for (const candidate of [path, ...others]) {
    try {
      return { file: await open(candidate, 'r'), path: candidate };
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  throw new PommgrError('integrity.missing', `${path} is missing; the baseline needs it as ${entry.name}.`, {
    hints: ['Run "pommgr snapshot --force" to make a new baseline with every file in place.'],
    details: { file: path, sha256: entry.sha256 },
  });
}

function changed(
  path: string,
  what: 'size' | 'digest',
  { expected, found }: { expected: number | string; found: number | string },
): PommgrError {
  const message =
    what === 'size'
      ? `is ${found} bytes long, expected ${expected}`
      : `has the SHA-256 ${found}, expected ${expected}`;
  return new PommgrError(`integrity.${what}`, `${path} ${message}.`, {
    hints: ['The file was changed after the snapshot. "pommgr baseline verify" names every such file.'],
    details: { file: path, expected, found },
  });
}
