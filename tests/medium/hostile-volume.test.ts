/**
 * The two readers of volumes, with volumes that nobody packed: each comes to an end with an entry or a refusal, and what one
 * takes the other takes, too, with the same digests.
 */
import { placeOfFile } from '../support/places.ts';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeTarHeader } from '../../src/core/adapters/archive.ts';
import { hashVolumes } from '../../src/medium/adapters/volume-hashing.ts';
import { readVolume } from '../../src/medium/adapters/volume-reader.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { changeHeader, entryOf, writeEntries, type TarEntry } from '../support/bundle.ts';
import { lanesHere } from '../support/lanes-here.ts';
import { scratchDirectory } from '../support/scratch.ts';

const lanes = lanesHere();
let path: string;

beforeAll(async () => {
  path = join(await scratchDirectory(), 'vol-0001.tar');
});

/** Entries with digests, or the code of the refusal. */
type Reading = string | string[];

async function readingOf(entries: () => AsyncGenerator<string>): Promise<Reading> {
  const found: string[] = [];
  try {
    for await (const entry of entries()) found.push(entry);
    return found;
  } catch (error) {
    if (error instanceof PommgrError) return error.code;
    throw error;
  }
}

async function* byReader(sizeBytes: number): AsyncGenerator<string> {
  for await (const { name, body } of readVolume(placeOfFile(path), { sizeBytes, after: undefined })) {
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    yield `${name} ${hash.digest('hex')}`;
  }
}

async function* byHashing(sizeBytes: number): AsyncGenerator<string> {
  const options = { lanes, after: undefined, signal: new AbortController().signal, onProgress() {} };
  for await (const { name, sha256 } of hashVolumes(
    [{ place: placeOfFile(path), sizeBytes, position: 0 }],
    options,
  )) {
    yield `${name} ${sha256}`;
  }
}

async function readBoth(volume: Buffer): Promise<Reading> {
  await writeFile(path, volume);
  const first = await readingOf(() => byReader(volume.length));
  const second = await readingOf(() => byHashing(volume.length));
  if (typeof first === 'string') expect(first).toMatch(/^integrity\./);
  expect(typeof second).toBe(typeof first);
  if (typeof first !== 'string') expect(second).toEqual(first);
  return first;
}

const objects = ['one', '', 'x'.repeat(512), 'y'.repeat(1300)].map((text) => Buffer.from(text));
const entries: TarEntry[] = [
  entryOf('baseline.json', Buffer.from('{}\n')),
  entryOf('packages.jsonl', Buffer.from('')),
  ...objects
    .map((data) => entryOf(`objects/${sha256Hex(data)}`, data))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
];
const whole = writeEntries(entries);

/** The header of the third entry with something in a field, and a checksum that is right. */
function withField(place: number, value: string | Buffer): Buffer {
  return writeEntries(
    entries.map((entry, index) =>
      index === 2
        ? {
            ...entry,
            header: changeHeader(entry.header, (header) => Buffer.from(value).copy(header, place)),
          }
        : entry,
    ),
  );
}

describe('a volume', () => {
  it('is read by both where it is true', async () => {
    expect(await readBoth(whole)).toHaveLength(entries.length);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['one block of zeros', Buffer.alloc(512)],
    ['a MiB of zeros', Buffer.alloc(1024 * 1024)],
    ['a header and no more', encodeTarHeader('baseline.json', 0)],
    [
      'the largest size that a header can say',
      Buffer.concat([encodeTarHeader('baseline.json', 0o77777777777), whole]),
    ],
    [
      'a size to the last byte of the file',
      Buffer.concat([encodeTarHeader('baseline.json', whole.length), whole]),
    ],
    ['a size in base 256', withField(124, Buffer.from('80000000000000000000ffff', 'hex'))],
    ['a negative size', withField(124, Buffer.alloc(12, 0xff))],
    ['a size with blanks', withField(124, '       7777 ')],
    ['a size that is no number', withField(124, '89abcdefghi\0')],
    ['a name that fills its field', withField(0, 'a'.repeat(100))],
    ['a name with a prefix', withField(345, '../../..')],
    ['a name with a byte after its end', withField(90, 'x')],
    ['an owner', withField(265, 'root')],
    ['the magic of GNU tar', withField(257, 'ustar  \0')],
    ['a pax extension', withField(156, 'x')],
    ['a sparse file', withField(156, 'S')],
    ['a type of old tar', withField(156, '\0')],
    ['a modification time', withField(136, '00000000001\0')],
    // Links, devices, directories, extensions of pax, GNU and Solaris.
    ...Array.from('1234567gLKDMVNX', (type): [string, Buffer] => [
      `an entry of type ${type}`,
      withField(156, type),
    ]),
    ['a link target', withField(157, '/etc/shadow')],
    ['an absolute name', withField(0, '/bjects/')],
    ['a name with a step up', withField(0, 'objects/../')],
    ['a name that begins with a dot', withField(0, './objects/')],
    ['a digest in capitals', withField(0, `objects/${'A'.repeat(64)}`)],
    ['digits of full width', withField(0, `objects/${'\uff10'.repeat(21)}0`)],
    ['a letter and a combining accent', withField(0, `objects/a\u0301${'0'.repeat(61)}`)],
    ['an over-long slash of UTF-8', withField(7, Buffer.from([0xc0, 0xaf]))],
    ['a zero in the name', withField(20, '\0')],
    [
      'the same entry twice',
      writeEntries(entries.flatMap((entry, index) => (index === 2 ? [entry, entry] : [entry]))),
    ],
    ['entries in another order', writeEntries(entries.toReversed())],
    ['one block of zeros at its end', whole.subarray(0, -512)],
    ['data between the blocks of zeros', Buffer.concat([whole.subarray(0, -512), Buffer.alloc(512, 1)])],
    [
      'headers without end',
      Buffer.concat(Array.from({ length: 400 }, () => encodeTarHeader('baseline.json', 0))),
    ],
    ['a second volume after it', Buffer.concat([whole, whole])],
  ])('that is %s is refused by both', async (_, volume) => {
    expect(await readBoth(volume)).toMatch(/^integrity\.(?:tar|size)$/);
  });

  const block = fc.oneof(
    fc.constantFrom(...entries.map(({ header }) => header), Buffer.alloc(512)),
    fc.uint8Array({ minLength: 512, maxLength: 512 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(...entries), fc.nat(511), fc.string({ unit: 'binary', maxLength: 30 }))
      .map(([{ header }, place, text]) =>
        changeHeader(header, (copy) => Buffer.from(text).copy(copy, place)),
      ),
    fc
      .tuple(fc.constantFrom(...entries), fc.nat({ max: 0o77777777777 }))
      .map(([{ name }, sizeBytes]) => encodeTarHeader(name, sizeBytes)),
  );
  const volumes = fc.oneof(
    fc
      .tuple(fc.nat(whole.length), fc.nat(1600), fc.uint8Array({ maxLength: 1600 }))
      .map(([place, removed, added]) =>
        Buffer.concat([whole.subarray(0, place), added, whole.subarray(place + removed)]),
      ),
    fc.array(block, { maxLength: 12 }).map((blocks) => Buffer.concat(blocks)),
    fc
      .tuple(fc.nat(12), block)
      .map(([index, other]) =>
        Buffer.concat([whole.subarray(0, index * 512), other, whole.subarray((index + 1) * 512)]),
      ),
  );

  it('is taken by both or by none, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(volumes, async (volume) => {
        await readBoth(volume);
      }),
      { seed: 20_261_123, numRuns: 600 },
    );
  });
});
