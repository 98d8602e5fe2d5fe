import { placeOfFile } from '../support/places.ts';
import { open, stat, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTarHeader } from '../../src/core/adapters/archive.ts';
import { openHashLanes } from '../../src/core/adapters/hash-lanes.ts';
import { hashVolumes, type VolumeHashingOptions } from '../../src/medium/adapters/volume-hashing.ts';
import { hashWholeFiles } from '../../src/core/adapters/whole-files.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { tarPaddingBytes } from '../../src/medium/domain/volume-plan.ts';
import { tarEndBytes } from '../../src/core/domain/tar-blocks.ts';
import { scratchDirectory } from '../support/scratch.ts';

const mib = 1 << 20;
const lanes = openHashLanes();
let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory();
});

afterAll(() => lanes.close());

/** An object of this size, and its name; its bytes follow from the number. */
function objectOf(number: number, sizeBytes: number): { name: string; data: Buffer } {
  return { name: `objects/${String(number).padStart(64, '0')}`, data: Buffer.alloc(sizeBytes, `${number} `) };
}

async function writeVolume(
  file: string,
  objects: readonly { name: string; data: Buffer }[],
): Promise<string> {
  const path = join(directory, file);
  const parts = objects.flatMap(({ name, data }) => [
    encodeTarHeader(name, data.length),
    data,
    Buffer.alloc(tarPaddingBytes(data.length)),
  ]);
  await writeFile(path, Buffer.concat([...parts, Buffer.alloc(tarEndBytes)]));
  return path;
}

async function hashAll(paths: readonly string[], options: Partial<VolumeHashingOptions> = {}) {
  const volumes = [];
  for (const path of paths) {
    const file = await open(path);
    volumes.push({ place: placeOfFile(path), sizeBytes: (await file.stat()).size, position: 0 });
    await file.close();
  }
  let bytesRead = 0;
  const found: { path: string; name: string; sizeBytes: number; sha256: string }[] = [];
  const signal = new AbortController().signal;
  const onProgress = (bytes: number): void => void (bytesRead += bytes);
  const work = { lanes, after: 'packages.jsonl', signal, onProgress, ...options };
  for await (const entry of hashVolumes(volumes, work)) found.push(entry);
  return { found, bytesRead, sizeBytes: volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** A member of a file handle that still works on the handle itself. */
function bound(file: FileHandle, key: string | symbol): unknown {
  const member: unknown = Reflect.get(file, key, file);
  return typeof member === 'function' ? (member.bind(file) as unknown) : member;
}

/** Around the sizes of a block, of what a lane reads at once, of its memory, and of what it does in one go. */
const sizes = [0, 1, 511, 512, 513, 12 * mib - 512, 12 * mib, 3, 13 * mib, 17 * mib, 5, 70 * mib, 300_000];

describe('hashVolumes', () => {
  it('reports a failed close when it is asked for it, and not as an unhandled rejection, which would end the process', async () => {
    const path = await writeVolume('closed.tar', [objectOf(0, 10)]);
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const gone = Object.assign(new Error('ENOTCONN: close'), { code: 'ENOTCONN' });
    const openGone = async () => {
      const file = await open(path);
      const { size } = await file.stat();
      const close = async (): Promise<void> => {
        await file.close();
        throw gone;
      };
      return {
        file: new Proxy(file, { get: (of, key) => (key === 'close' ? close : bound(of, key)) }),
        sizeBytes: size,
      };
    };
    const part = { place: placeOfFile(path), sizeBytes: (await stat(path)).size, position: 0 };
    const signal = new AbortController().signal;
    const work = { lanes, after: 'packages.jsonl', signal, onProgress() {}, open: openGone };
    const read = async (): Promise<void> => {
      for await (const _ of hashVolumes([part], work)) await sleep(50);
    };
    await expect(read()).rejects.toBe(gone);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('gives each object of each volume, in order, with the digest of its bytes, and reads each byte once', async () => {
    const objects = sizes.map((sizeBytes, index) => objectOf(index, sizeBytes));
    const paths = [
      await writeVolume('a.tar', objects.slice(0, 6)),
      await writeVolume('b.tar', objects.slice(6, 7)),
      await writeVolume('c.tar', objects.slice(7)),
    ];
    const { found, bytesRead, sizeBytes } = await hashAll(paths);
    expect(found.map(({ name, sha256 }) => [name, sha256])).toEqual(
      objects.map(({ name, data }) => [name, sha256Hex(data)]),
    );
    expect(found.map(({ path }) => paths.indexOf(path))).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]);
    expect(bytesRead).toBeGreaterThanOrEqual(sizeBytes);
    // But for the pages in which two pieces meet.
    expect(bytesRead - sizeBytes).toBeLessThan(sizes.length * 4096);
  });

  it('takes thousands of small objects', async () => {
    const objects = Array.from({ length: 3000 }, (_, index) => objectOf(index, index));
    const { found } = await hashAll([await writeVolume('small.tar', objects)]);
    expect(found.map(({ sha256 }) => sha256)).toEqual(objects.map(({ data }) => sha256Hex(data)));
  });

  it.each([
    { what: 'data in the padding', at: 512 + 100, code: 'integrity.tar' },
    { what: 'a changed header', at: 1024 + 3, code: 'integrity.tar' },
    { what: 'data after the last entry', at: 1024 + 512 + 512 + 3, code: 'integrity.tar' },
    { what: 'data in the last block', at: 1024 + 512 + 512 + 600, code: 'integrity.tar' },
  ])('refuses $what, after the entries before it', async ({ at, code }) => {
    const path = await writeVolume('bad.tar', [objectOf(1, 100), objectOf(2, 200)]);
    const file = await open(path, 'r+');
    await file.write('x', at);
    await file.close();
    await expect(hashAll([path])).rejects.toMatchObject({ code });
  });

  it('refuses a size in a header that goes beyond the end', async () => {
    const path = join(directory, 'long.tar');
    await writeFile(
      path,
      Buffer.concat([encodeTarHeader(objectOf(1, 0).name, 20 * mib), Buffer.alloc(2048)]),
    );
    await expect(hashAll([path])).rejects.toMatchObject({ code: 'integrity.size' });
  });

  it('refuses a volume that is cut while it is read', async () => {
    const path = await writeVolume('cut.tar', [objectOf(1, 13 * mib), objectOf(2, 30 * mib)]);
    const onProgress = (): void => void truncate(path, 20 * mib);
    await expect(hashAll([path], { onProgress })).rejects.toMatchObject({ code: 'integrity.size' });
  });

  it('ends when it is told to', async () => {
    const path = await writeVolume('aborted.tar', [objectOf(1, 20 * mib)]);
    await expect(hashAll([path], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    // The lanes are free for others.
    expect((await hashAll([path])).found).toHaveLength(1);
  });
});

it('hashWholeFiles gives the digest of each file, however long', async () => {
  const files = [0, 1, 5 * mib + 1, 70 * mib].map((sizeBytes, index) => objectOf(index, sizeBytes));
  const paths: string[] = [];
  for (const [index, { data }] of files.entries()) {
    paths.push(join(directory, `whole-${index}`));
    await writeFile(paths[index] ?? '', data);
  }
  const options = { lanes, signal: new AbortController().signal, onProgress() {} };
  const whole = paths.map((path, index) => ({
    place: placeOfFile(path),
    sizeBytes: files[index]?.data.length ?? 0,
  }));
  expect(await hashWholeFiles(whole, options)).toEqual(files.map(({ data }) => sha256Hex(data)));
});
