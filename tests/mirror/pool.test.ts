import { createHash } from 'node:crypto';
import { lstat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { openPool, type Pool } from '../../src/mirror/adapters/pool.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

const data = Buffer.from('a package\n');
const fact = {
  sizeBytes: data.length,
  sha256: createHash('sha256').update(data).digest('hex'),
};
const sha512 = createHash('sha512').update(data).digest('hex');

let pool: Pool;

beforeEach(async () => {
  pool = openPool(join(await scratchDirectory(), 'base'));
});

async function partial(content = data): Promise<string> {
  const path = await pool.partialPath(fact.sha256);
  await writeFile(path, content);
  return path;
}

describe('the pool', () => {
  test('has the layout that POM has', async () => {
    await pool.addFile(await partial(), { ...fact, sha512 });
    await pool.linkInto(fact, join(pool.baseDir, 'demo/2026-01-01T00:00:00Z/pool/a.deb'));
    await pool.sync();

    const { stdout } = await run('find', ['.pool', 'demo', '-printf', '%y %m nlink=%n %s %p\n'], {
      cwd: pool.baseDir,
    });

    expect(
      stdout
        .split('\n')
        .filter((line) => line.startsWith('f'))
        .toSorted(),
    ).toEqual([
      `f 644 nlink=3 10 .pool/sha256/${fact.sha256}`,
      `f 644 nlink=3 10 .pool/sha512/${sha512}`,
      'f 644 nlink=3 10 demo/2026-01-01T00:00:00Z/pool/a.deb',
    ]);
    expect(stdout).toContain('d 755 nlink=4 4096 .pool\n');
    expect(pool.lockPath).toBe(join(pool.baseDir, '.pool/.lock'));
  });

  test('knows what it has by size', async () => {
    const before = await pool.has(fact);
    await pool.addFile(await partial(), fact);

    expect(before).toBe(false);
    expect(await pool.has(fact)).toBe(true);
    expect(await pool.has({ ...fact, sizeBytes: 11 })).toBe(false);
  });

  test('takes the partial file away, also when it has the content', async () => {
    await pool.addFile(await partial(), fact);
    const { ino } = await lstat(pool.pathOf(fact.sha256));
    const again = await partial();
    await pool.addFile(again, { ...fact, sha512 });

    expect(await pathExists(again)).toBe(false);
    expect((await lstat(pool.pathOf(fact.sha256))).ino).toBe(ino);
    expect((await lstat(join(pool.baseDir, '.pool/sha512', sha512))).ino).toBe(ino);
  });

  test('replaces a file that a crash left short', async () => {
    await pool.addFile(await partial(data.subarray(0, 3)), fact);
    await pool.addFile(await partial(), { ...fact, sha512 });

    expect(await readFile(pool.pathOf(fact.sha256))).toEqual(data);
    expect(await readFile(join(pool.baseDir, '.pool/sha512', sha512))).toEqual(data);
  });

  test('makes both names of a file one inode', async () => {
    await pool.addFile(await partial(), fact);
    await writeFile(join(pool.baseDir, '.pool/sha512', sha512), data);
    await pool.addFile(await partial(), { ...fact, sha512 });

    const [a, b] = [
      await lstat(pool.pathOf(fact.sha256)),
      await lstat(join(pool.baseDir, '.pool/sha512', sha512)),
    ];
    expect(a.ino).toBe(b.ino);
  });

  test('adds bytes under both names and links them', async () => {
    const path = join(pool.baseDir, 'demo/2026-01-01T00:00:00Z.tmp/dists/stable/InRelease');

    await pool.addData(data, path);

    expect(await readFile(path)).toEqual(data);
    expect((await lstat(path)).nlink).toBe(3);
  });

  test('links the same content to one path twice, but not another content', async () => {
    const path = join(pool.baseDir, 'demo/x.tmp/pool/a.deb');
    const other = Buffer.from('another');
    await pool.addData(data, path);
    await pool.linkInto(fact, path);

    await expect(pool.addData(other, path)).rejects.toMatchObject({ code: 'integrity.conflict' });
  });

  test('says when a file is not there', async () => {
    const path = join(pool.baseDir, 'demo/x.tmp/pool/a.deb');

    await expect(pool.linkInto(fact, path)).rejects.toMatchObject({ code: 'integrity.missing' });
  });
});
