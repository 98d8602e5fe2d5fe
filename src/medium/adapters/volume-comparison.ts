/** Finds where a volume on a medium differs from the files that it was made of. */
import { closeSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tarPaddingBytes, type PlannedEntry, type PlannedVolume } from '../domain/volume-plan.ts';
import { tarEndBytes } from '../../core/domain/tar-blocks.ts';
import { encodeTarHeader } from '../../core/adapters/archive.ts';
import type { HashLane } from '../../core/adapters/hash-lanes.ts';
import { openSource, type LocateEntry } from './volume-source.ts';

export interface Difference {
  /** Byte offset in the volume. */
  offset: number;
  /** The entry that the byte belongs to, its header and padding included; undefined at the end of the volume. */
  entry: PlannedEntry | undefined;
  expected: number;
  /** Undefined where the file ends. */
  found: number | undefined;
}

export interface ComparisonOptions {
  locate: LocateEntry;
  /** The volume. */
  file: FileHandle;
  /** Lane that reads it. */
  lane: HashLane;
}

const readBytes = 4 * 1024 * 1024;

/** Returns the first byte that differs from the plan; undefined when none does. */
export async function findDifference(
  volume: PlannedVolume,
  { locate, file, lane }: ComparisonOptions,
): Promise<Difference | undefined> {
  let position = 0;
  let bytesRead = 0;
  let at = 0;
  for await (const { bytes, entry } of plannedBytes(volume, locate)) {
    for (let compared = 0; compared < bytes.length; ) {
      if (at === bytesRead) {
        position += bytesRead;
        bytesRead = await lane.read(file, { position, sizeBytes: readBytes, at: 0 });
        at = 0;
      }
      const length = Math.min(bytes.length - compared, bytesRead - at);
      const expected = bytes.subarray(compared, compared + length);
      const found = lane.memory.subarray(at, at + length);
      if (length === 0 || !expected.equals(found)) {
        const index = Math.max(
          0,
          expected.findIndex((byte, place) => byte !== found[place]),
        );
        const wanted = bytes[compared + index] ?? 0;
        return { offset: position + at + index, entry, expected: wanted, found: found[index] };
      }
      compared += length;
      at += length;
    }
  }
  return undefined;
}

async function* plannedBytes(
  volume: PlannedVolume,
  locate: LocateEntry,
): AsyncGenerator<{ bytes: Buffer; entry: PlannedEntry | undefined }> {
  const buffer = Buffer.alloc(readBytes);
  for (const entry of volume.entries) {
    yield { bytes: encodeTarHeader(entry.name, entry.sizeBytes), entry };
    const { fd } = openSource(entry, locate(entry));
    try {
      for (;;) {
        const bytesRead = readSync(fd, buffer);
        if (bytesRead === 0) break;
        yield { bytes: buffer.subarray(0, bytesRead), entry };
      }
    } finally {
      closeSync(fd);
    }
    yield { bytes: Buffer.alloc(tarPaddingBytes(entry.sizeBytes)), entry };
  }
  yield { bytes: Buffer.alloc(tarEndBytes), entry: undefined };
}
