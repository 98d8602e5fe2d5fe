import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decompressStream, type Compression } from '../../src/upstream/adapters/decompress.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { xz } from '../support/repository.ts';

const plain = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `Package: p${index}\n\n`).join(''));

async function compressed(kind: Compression): Promise<Buffer> {
  if (kind === 'plain') return plain;
  return kind === 'gz' ? gzipSync(plain) : await xz(plain);
}

async function* inChunks(data: Buffer, chunkBytes = 4000) {
  for (let offset = 0; offset < data.length; offset += chunkBytes)
    yield data.subarray(offset, offset + chunkBytes);
}

async function read(
  kind: Compression,
  source: AsyncIterable<Uint8Array>,
  maxBytes = plain.length,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompressStream(kind, source, { file: 'main/Packages', maxBytes }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof PommgrError ? error.code : String(error);
  }
}

describe.each(['plain', 'gz', 'xz'] as const)('%s', (kind) => {
  test('gives the plain bytes', async () => {
    const found = await read(kind, inChunks(await compressed(kind)));

    expect(found.equals(plain)).toBe(true);
  });

  test('stops at the first byte too many', async () => {
    const code = await codeOf(read(kind, inChunks(await compressed(kind)), plain.length - 1));

    expect(code).toBe('integrity.size');
  });

  test('passes an error of its source on', async () => {
    async function* broken() {
      yield (await compressed(kind)).subarray(0, 100);
      throw new Error('the source broke');
    }

    expect(await codeOf(read(kind, broken()))).toBe('Error: the source broke');
  });

  test('may be given up in the middle, and again used afterwards', async () => {
    const data = await compressed(kind);
    for await (const chunk of decompressStream(kind, inChunks(data), { file: 'f', maxBytes: plain.length })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }

    expect((await read(kind, inChunks(data))).equals(plain)).toBe(true);
  });
});

describe.each(['gz', 'xz'] as const)('damaged %s', (kind) => {
  test.each<[string, (data: Buffer) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('<html>not found</html>')],
    ['a cut file', (data) => data.subarray(0, -20)],
    ['only its header', (data) => data.subarray(0, 12)],
    [
      'a changed byte',
      (data) => {
        const changed = Buffer.from(data);
        const middle = Math.floor(changed.length / 2);
        changed[middle] = (changed[middle] ?? 0) ^ 0xff;
        return changed;
      },
    ],
  ])('is refused: %s', async (_, damage) => {
    const data = damage(await compressed(kind));

    expect(await codeOf(read(kind, inChunks(data)))).toBe('integrity.compression');
  });
});
