import { placeOfFile } from '../support/places.ts';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTarHeader } from '../../src/core/adapters/archive.ts';
import { openVolumePipeline, type VolumePipeline } from '../../src/medium/adapters/volume-pipeline.ts';
import { readVolume, type VolumeEntry, type VolumeOptions } from '../../src/medium/adapters/volume-reader.ts';
import { writeVolume } from '../../src/medium/adapters/volume-writer.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { planVolumes } from '../../src/medium/domain/volume-plan.ts';
import { scratchDirectory } from '../support/scratch.ts';

/** Around the sizes of a block, of the buffers of reader and writer, and more than one buffer. */
const sizes = [
  0,
  1,
  511,
  512,
  513,
  1023,
  (1 << 20) - 513,
  (1 << 20) - 512,
  1 << 20,
  (1 << 20) + 1,
  3_000_000,
];
let pipeline: VolumePipeline;
let directory: string;
let path: string;
let contents: Map<string, Buffer>;
let digest: string;

beforeAll(async () => {
  pipeline = openVolumePipeline();
  directory = await scratchDirectory();
  path = join(directory, 'vol-0001.tar');
  const objects = sizes.map((size, index) => Buffer.alloc(size, `${index} `));
  contents = new Map([
    ['baseline.json', Buffer.from('{}\n')],
    ['packages.jsonl', Buffer.from('')],
    ...objects
      .map((data): [string, Buffer] => [`objects/${sha256Hex(data)}`, data])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  const entries = [...contents].map(([name, data]) => ({
    name,
    sizeBytes: data.length,
    sha256: sha256Hex(data),
  }));
  for (const { name, sha256 } of entries) await writeFile(join(directory, sha256), contents.get(name) ?? '');
  const [volume] = planVolumes(entries.slice(0, 2), entries.slice(2), 2 ** 30);
  if (volume === undefined) throw new Error('no volume');
  const options = {
    locate: ({ sha256 }: { sha256: string }): [string] => [join(directory, sha256)],
    pipeline,
    signal: new AbortController().signal,
    onProgress() {},
  };
  digest = await writeVolume(placeOfFile(path), volume, options);
  expect((await readFile(path)).length).toBe(volume.sizeBytes);
});

afterAll(() => pipeline.close());

async function readAll(volume: string, options: Partial<VolumeOptions> = {}) {
  const { length } = await readFile(volume);
  const found = new Map<string, Buffer>();
  for await (const entry of readVolume(placeOfFile(volume), {
    sizeBytes: length,
    after: undefined,
    ...options,
  })) {
    found.set(entry.name, await bodyOf(entry));
  }
  return found;
}

async function bodyOf({ body }: VolumeEntry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('a volume', () => {
  it('is read back as it was written, and has the digest that the writer gave', async () => {
    const read: Buffer[] = [];
    const found = await readAll(path, { onRead: (chunk) => void read.push(Buffer.from(chunk)) });
    expect([...found.keys()]).toEqual([...contents.keys()]);
    for (const [name, data] of contents) expect(found.get(name)?.equals(data), name).toBe(true);
    expect(sha256Hex(Buffer.concat(read))).toBe(digest);
    expect(execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64)).toBe(digest);
  });

  it('passes over what its reader leaves of an entry', async () => {
    const { length } = await readFile(path);
    const names: string[] = [];
    for await (const entry of readVolume(placeOfFile(path), { sizeBytes: length, after: undefined })) {
      names.push(entry.name);
      for await (const chunk of entry.body) if (chunk.length > 0) break;
    }
    expect(names).toEqual([...contents.keys()]);
  });

  it('that is not the first has no documents, and goes on after the last object', async () => {
    const entry = (name: string) => Buffer.concat([encodeTarHeader(name, 0)]);
    const low = `objects/${'1'.repeat(64)}`;
    const high = `objects/${'2'.repeat(64)}`;
    const second = join(directory, 'second.tar');
    await writeFile(second, Buffer.concat([entry(high), Buffer.alloc(1024)]));
    expect([...(await readAll(second, { after: low })).keys()]).toEqual([high]);
    expect([...(await readAll(second, { after: 'packages.jsonl' })).keys()]).toEqual([high]);
    for (const after of [high, `objects/${'3'.repeat(64)}`, undefined, 'baseline.json']) {
      await expect(readAll(second, { after })).rejects.toMatchObject({ code: 'integrity.tar' });
    }
  });

  it('must have the size that bundle.json says', async () => {
    const { length } = await readFile(path);
    await expect(readAll(path, { sizeBytes: length + 512 })).rejects.toMatchObject({
      code: 'integrity.size',
      details: { expected: length + 512, found: length },
    });
  });

  it('with entries longer than the file is refused', async () => {
    const cut = join(directory, 'cut.tar');
    await writeFile(cut, encodeTarHeader('baseline.json', 5000));
    await expect(readAll(cut)).rejects.toMatchObject({ code: 'integrity.size' });
  });

  it('that GNU tar made of the same files by its own rules is refused', async () => {
    const theirs = join(directory, 'gnu.tar');
    await writeFile(join(directory, 'baseline.json'), '{}\n');
    execFileSync('tar', ['--create', '--file', theirs, '--directory', directory, 'baseline.json']);
    await expect(readAll(theirs)).rejects.toMatchObject({ code: 'integrity.tar' });
  });
});
