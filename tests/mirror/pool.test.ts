import { createHash } from 'node:crypto';
import { appendFile, lstat, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { openPool, type Pool } from '../../src/mirror/adapters/pool.ts';
import type { HashedFile } from '../../src/core/adapters/hashed-file.ts';
import { run } from '../../src/core/adapters/process.ts';
import type { ListedFact } from '../../src/core/domain/listed-fact.ts';
import { writeHashedFile } from '../support/hashed-file.ts';
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

/** A file on its way in, with the digests that `given` asks for. */
async function hashed(given: Partial<ListedFact> = fact): Promise<HashedFile> {
  return await writeHashedFile(await pool.partialPath(fact.sha256), data, given);
}

describe('the pool', () => {
  test('has the layout that POM has', async () => {
    await pool.addFile(await hashed({ ...fact, sha512 }));
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
    await pool.addFile(await hashed());

    expect(before).toBe(false);
    expect(await pool.has(fact)).toBe(true);
    expect(await pool.has({ ...fact, sizeBytes: 11 })).toBe(false);
  });

  test('takes the partial file away, also when it has the content', async () => {
    await pool.addFile(await hashed());
    const { ino } = await lstat(pool.pathOf(fact.sha256));
    const again = await hashed({ ...fact, sha512 });
    await pool.addFile(again);

    expect(await pathExists(again.path)).toBe(false);
    expect((await lstat(pool.pathOf(fact.sha256))).ino).toBe(ino);
    expect((await lstat(join(pool.baseDir, '.pool/sha512', sha512))).ino).toBe(ino);
  });

  test('replaces a file that a crash left short', async () => {
    await pool.addFile(await hashed());
    await truncate(pool.pathOf(fact.sha256), 3);
    await pool.addFile(await hashed({ ...fact, sha512 }));

    expect(await readFile(pool.pathOf(fact.sha256))).toEqual(data);
    expect(await readFile(join(pool.baseDir, '.pool/sha512', sha512))).toEqual(data);
  });

  test('makes both names of a file one inode', async () => {
    await pool.addFile(await hashed());
    await writeFile(join(pool.baseDir, '.pool/sha512', sha512), data);
    await pool.addFile(await hashed({ ...fact, sha512 }));

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

  test.each([
    ['longer', (path: string) => appendFile(path, 'x')],
    [
      'another file',
      async (path: string) => {
        await writeFile(`${path}.other`, data);
        await rename(`${path}.other`, path);
      },
    ],
  ])('gives no name to a file that somebody else made %s', async (_, change) => {
    const file = await hashed({ ...fact, sha512 });
    await change(file.path);

    await expect(pool.addFile(file)).rejects.toMatchObject({ code: 'integrity.changed' });
    expect(await pool.has(fact)).toBe(false);
    expect(await pathExists(join(pool.baseDir, '.pool/sha512', sha512))).toBe(false);
  });

  test('knows whether a file was compared with its SHA-512', async () => {
    expect(pool.stateOf({ ...fact, sha512 })).toBe('absent');
    await pool.addFile(await hashed());
    expect([pool.stateOf(fact), pool.stateOf({ ...fact, sha512 })]).toEqual(['present', 'unproven']);
    await pool.nameBySha512(fact.sha256, sha512);
    expect(pool.stateOf({ ...fact, sha512 })).toBe('present');
  });

  test('sets a file aside with all its names', async () => {
    await pool.addFile(await hashed({ ...fact, sha512 }));

    const kept = await pool.setAside(fact.sha256);

    expect(kept).toBe(join(pool.baseDir, '.pommgr/set-aside', fact.sha256));
    expect(await readFile(kept ?? '')).toEqual(data);
    expect(pool.stateOf(fact)).toBe('absent');
    expect(await pathExists(join(pool.baseDir, '.pool/sha512', sha512))).toBe(false);
    expect(await pool.setAside(fact.sha256)).toBeUndefined();
  });
});
