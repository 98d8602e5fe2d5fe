/** Finds one object in a bundle's volumes by their headers, without reading the data in between. */
import type { FileHandle } from 'node:fs/promises';
import { tarPaddingBytes } from '../domain/volume-plan.ts';
import { tarBlockBytes } from '../../core/domain/tar-blocks.ts';
import { decodeTarHeader } from '../../core/adapters/archive.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';

/** Bytes of an open file; none of them is checked yet, and the caller closes it. */
export interface FoundObject {
  file: FileHandle;
  path: string;
  positionBytes: number;
  sizeBytes: number;
}

/** Returns undefined when no volume has it. `volumes` are names in `directory`, in order. */
export async function findVolumeObject(
  directory: Place,
  volumes: readonly string[],
  sha256: string,
): Promise<FoundObject | undefined> {
  const wanted = `objects/${sha256}`;
  for (const volume of volumes) {
    const place = below(directory, volume);
    const { file } = await openAt(place);
    const path = pathOf(place);
    try {
      const found = await findEntry(file, wanted, path);
      if (found !== undefined) return { file, path, ...found };
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
  }
  return undefined;
}

async function findEntry(
  file: FileHandle,
  wanted: string,
  path: string,
): Promise<{ positionBytes: number; sizeBytes: number } | undefined> {
  const block = Buffer.alloc(tarBlockBytes);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(block, 0, tarBlockBytes, position);
    const header = bytesRead === tarBlockBytes ? decodeTarHeader(block, path) : undefined;
    if (header === undefined) return undefined;
    const { name, sizeBytes } = header;
    if (name === wanted) return { positionBytes: position + tarBlockBytes, sizeBytes };
    position += tarBlockBytes + sizeBytes + tarPaddingBytes(sizeBytes);
  }
}

/** Lists the objects of a volume by SHA-256, from their headers alone; none of their bytes is checked. */
export async function listVolumeObjects(
  place: Place,
): Promise<Map<string, { positionBytes: number; sizeBytes: number }>> {
  const { file } = await openAt(place);
  const objects = new Map<string, { positionBytes: number; sizeBytes: number }>();
  const block = Buffer.alloc(tarBlockBytes);
  try {
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(block, 0, tarBlockBytes, position);
      const header = bytesRead === tarBlockBytes ? decodeTarHeader(block, pathOf(place)) : undefined;
      if (header === undefined) return objects;
      const { name, sizeBytes } = header;
      const [, sha256] = /^objects\/([0-9a-f]{64})$/.exec(name) ?? [];
      if (sha256 !== undefined) objects.set(sha256, { positionBytes: position + tarBlockBytes, sizeBytes });
      position += tarBlockBytes + sizeBytes + tarPaddingBytes(sizeBytes);
    }
  } finally {
    await file.close();
  }
}

const readBytes = 1024 * 1024;

/** Yields its bytes, or as many as there are; a chunk is valid until the next is requested. */
export async function* readObject({
  file,
  positionBytes,
  sizeBytes,
}: FoundObject): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, Math.max(sizeBytes, 1)));
  for (let done = 0; done < sizeBytes; ) {
    const atMost = Math.min(buffer.length, sizeBytes - done);
    const { bytesRead } = await file.read(buffer, 0, atMost, positionBytes + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
