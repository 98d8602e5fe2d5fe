import { createHash } from 'node:crypto';
import { appendFile, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HashedFile } from '../../src/core/adapters/hashed-file.ts';
import { inlineHashers } from '../../src/core/adapters/hashing.ts';
import type { ListedFact } from '../../src/core/domain/listed-fact.ts';
import { writeHashedFile } from '../support/hashed-file.ts';
import { scratchDirectory } from '../support/scratch.ts';

const data = Buffer.from('twelve bytes');
const digest = (name: string): string => createHash(name).update(data).digest('hex');
const right: Required<ListedFact> = {
  sizeBytes: data.length,
  sha256: digest('sha256'),
  sha512: digest('sha512'),
  sha1: digest('sha1'),
  md5: digest('md5'),
};
const about = { hashers: inlineHashers, where: 'the file', hints: [] };
let path: string;

beforeEach(async () => {
  path = join(await scratchDirectory(), 'file');
});

describe('a hashed file', () => {
  it('has the digests that were asked for, and mode 644 whatever the umask', async () => {
    const umask = process.umask(0o077);
    const file = await writeHashedFile(path, data, right).finally(() => process.umask(umask));

    expect(file.sha256).toBe(right.sha256);
    expect(file.digest('sha512')).toBe(right.sha512);
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect((await writeHashedFile(path, data)).digest('sha512')).toBeUndefined();
  });

  it.each(['sha256', 'sha512', 'sha1', 'md5'] as const)('is none with a wrong %s', async (name) => {
    const wrong = { ...right, [name]: right[name].replace(/^./, (digit) => (digit === '0' ? '1' : '0')) };

    await expect(writeHashedFile(path, data, wrong)).rejects.toMatchObject({
      code: 'integrity.digest',
      details: { algorithm: name, found: right[name] },
    });
  });

  it.each([
    [11, 'expected 11 bytes, found at least 12'],
    [13, 'expected 13 bytes, found 12'],
  ])('is none with another size than %i', async (sizeBytes, message) => {
    await expect(writeHashedFile(path, data, { ...right, sizeBytes })).rejects.toThrow(message);
  });

  it('has one writer at a time', async () => {
    const writer = await HashedFile.open(path, 0, { ...about, fact: right });

    await expect(HashedFile.open(path, 0, { ...about, fact: right })).rejects.toMatchObject({
      code: 'bug.two-writers',
    });
    await writer.write(data);
    expect((await writer.finish()).sha256).toBe(right.sha256);
    expect((await writeHashedFile(path, data, right)).sha256).toBe(right.sha256);
  });

  it('goes on with bytes that are there, and hashes them again', async () => {
    await writeFile(path, data.subarray(0, 5));
    const writer = await HashedFile.open(path, 5, { ...about, fact: right });
    await writer.write(data.subarray(5));

    expect((await writer.finish()).sha256).toBe(right.sha256);
    expect(await readFile(path)).toEqual(data);
  });

  it('does not go on with more or fewer bytes than it was told', async () => {
    await writeFile(path, data.subarray(0, 5));

    await expect(HashedFile.open(path, 4, { ...about, fact: right })).rejects.toMatchObject({
      code: 'integrity.changed',
    });
  });

  it('begins anew in a file of its own, which whoever has the old one open cannot reach', async () => {
    await writeFile(path, 'left behind');
    const old = await open(path, 'a');

    const file = await writeHashedFile(path, data, right);
    await old.write('late');
    await old.close();

    file.checkInPlace();
    expect(await readFile(path)).toEqual(data);
  });

  it('is none where another process wrote to it', async () => {
    const writer = await HashedFile.open(path, 0, { ...about, fact: right });
    await writer.write(data);
    await appendFile(path, 'x');

    await expect(writer.finish()).rejects.toMatchObject({ code: 'integrity.changed' });
  });
});
