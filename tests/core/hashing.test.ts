import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openHasherPool } from '../../src/core/adapters/hashing.ts';
import { hashFile } from '../../src/core/adapters/file-hashing.ts';
import { scratchDirectory } from '../support/scratch.ts';

const hashers = openHasherPool(2);

afterAll(() => hashers.close());

function bytes(sizeBytes: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff),
  );
}

function expected(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

describe('a hasher', () => {
  test.each([
    ['nothing', 0, 1],
    ['what is hashed at once', 100, 7],
    ['what just goes to a thread', 20_000, 20_000],
    ['one batch less a byte', 262_143, 65_536],
    ['exactly one batch', 262_144, 65_536],
    ['one batch and a byte', 262_145, 262_145],
    ['many batches in small chunks', 2_000_000, 1111],
    ['many batches in one chunk', 2_000_000, 2_000_000],
  ])('gives the digest of %s', async (_, sizeBytes, chunkBytes) => {
    const data = bytes(sizeBytes);
    const hasher = hashers.createHasher();

    for (let offset = 0; offset < data.length; offset += chunkBytes) {
      await hasher.update(data.subarray(offset, offset + chunkBytes));
    }

    expect(await hasher.digest()).toBe(expected(data));
  });

  test('keeps apart from others that work at the same time', async () => {
    const inputs = Array.from({ length: 12 }, (_, index) => bytes(400_000 + index));

    const digests = await Promise.all(
      inputs.map(async (data) => {
        const hasher = hashers.createHasher();
        for (let offset = 0; offset < data.length; offset += 50_000) {
          await hasher.update(data.subarray(offset, offset + 50_000));
        }
        return hasher.digest();
      }),
    );

    expect(digests).toEqual(inputs.map(expected));
  });

  test('may be given up, before or after its digest, without harm to the next', async () => {
    const data = bytes(700_000);
    const first = hashers.createHasher();
    await first.update(data);
    first.abandon();
    const second = hashers.createHasher();
    await second.update(data);

    const digest = await second.digest();
    second.abandon();

    expect(digest).toBe(expected(data));
  });

  test('does not keep more than two batches on their way', async () => {
    const hasher = hashers.createHasher();
    const chunk = Buffer.alloc(262_144);
    let waits = 0;

    for (let index = 0; index < 20; index += 1) {
      const wait = hasher.update(chunk);
      if (wait !== undefined) waits += 1;
      await wait;
    }
    hasher.abandon();

    expect(waits).toBe(20);
  });
});

test('hashFile gives size and digest of a file', async () => {
  const path = join(await scratchDirectory(), 'file');
  const data = bytes(1_500_000);
  await writeFile(path, data);

  expect(await hashFile(path, hashers)).toEqual({ sizeBytes: data.length, sha256: expected(data) });
});
