import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decompressFile } from '../../src/upstream/adapters/decompress.ts';
import type { Compression } from '../../src/upstream/domain/index-plan.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { scratchDirectory } from '../support/scratch.ts';

const plain = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `Package: p${index}\n\n`).join(''));
const half = plain.length / 2;

function packed(program: string, ...args: string[]): Buffer {
  return packedBytes(plain, program, ...args);
}

function packedBytes(bytes: Buffer, program: string, ...args: string[]): Buffer {
  return execFileSync(program, ['-c', ...args], { input: bytes });
}

async function read(compression: Compression, bytes: Buffer, sizeBytes = plain.length): Promise<Buffer> {
  const path = join(await scratchDirectory(), 'index');
  await writeFile(path, bytes);
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompressFile({ path, compression }, { file: 'main/Packages', sizeBytes }))
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

/** Every form was given to apt of Debian 12 and 13 first: both read it. */
const forms: [string, Compression, () => Buffer][] = [
  ['plain', 'plain', () => plain],
  ['gzip', 'gz', () => gzipSync(plain)],
  [
    'gzip of two members',
    'gz',
    () => Buffer.concat([gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half))]),
  ],
  ['gzip with text after its end', 'gz', () => Buffer.concat([gzipSync(plain), Buffer.from('garbage\n')])],
  ['gzip without its trailer', 'gz', () => gzipSync(plain).subarray(0, -8)],
  ['text that is only called .gz', 'gz', () => plain],
  ['xz', 'xz', () => packed('xz')],
  ['xz with SHA-256', 'xz', () => packed('xz', '--check=sha256')],
  ['xz with CRC32', 'xz', () => packed('xz', '--check=crc32')],
  ['xz with no check', 'xz', () => packed('xz', '--check=none')],
  ['xz in blocks', 'xz', () => packed('xz', '--block-size=4096', '-T2')],
  ['xz with the x86 filter', 'xz', () => packed('xz', '--x86', '--lzma2=preset=6')],
  ['xz with the delta filter', 'xz', () => packed('xz', '--delta=dist=4', '--lzma2=preset=6')],
  ['xz with text after its end', 'xz', () => Buffer.concat([packed('xz'), Buffer.from('garbage\n')])],
  ['lzma', 'lzma', () => packed('xz', '--format=lzma')],
  ['bzip2', 'bz2', () => packed('bzip2')],
  ['zstd', 'zst', () => packed('zstd', '-q')],
  ['zstd with a long window', 'zst', () => packed('zstd', '-q', '--long=27')],
  ['lz4', 'lz4', () => packed('lz4', '-q')],
];

test.each(forms)('reads %s', async (_, compression, bytes) => {
  expect((await read(compression, bytes())).equals(plain)).toBe(true);
});

test.each(forms.slice(0, 7))('gives no byte more than Release allows: %s', async (_, compression, bytes) => {
  expect((await read(compression, bytes(), 1000)).equals(plain.subarray(0, 1000))).toBe(true);
});

describe.each([
  ['gz', () => gzipSync(plain)],
  ['xz', () => packed('xz')],
  ['zst', () => packed('zstd', '-q')],
] as const)('damaged %s', (compression, bytes) => {
  test.each<[string, (data: Buffer) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('<html>not found</html>')],
    ['a cut file', (data) => data.subarray(0, -40)],
    ['only its header', (data) => data.subarray(0, 12)],
  ])('is refused: %s', async (_, damage) => {
    expect(await codeOf(read(compression, damage(bytes())))).toBe('integrity.compression');
  });
});

test('refuses a second stream of xz, as apt does', async () => {
  const streams = [packedBytes(plain.subarray(0, half), 'xz'), packedBytes(plain.subarray(half), 'xz')];
  expect(await codeOf(read('xz', Buffer.concat(streams)))).toBe('integrity.compression');
});

test('may be given up in the middle, and leaves nothing running', async () => {
  const path = join(await scratchDirectory(), 'index');
  await writeFile(path, gzipSync(plain));
  for await (const chunk of decompressFile(
    { path, compression: 'gz' },
    { file: 'f', sizeBytes: plain.length },
  )) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  expect((await read('gz', gzipSync(plain))).equals(plain)).toBe(true);
});
