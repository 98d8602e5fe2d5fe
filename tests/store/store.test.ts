import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHasherPool } from '../../src/core/adapters/hashing.ts';
import { addToPool, cleanPool, poolHolds, poolPath } from '../../src/store/adapters/store-pool.ts';
import { locateStore, makeStore, storeAt } from '../../src/store/adapters/store.ts';
import { openStoredBaselineDirectory } from '../../src/store/adapters/stored-baseline-directory.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const bytes = Buffer.from('an object');
const object = { sizeBytes: bytes.length, sha256: sha256Hex(bytes) };

async function newStore() {
  const store = storeAt(await scratchDirectory());
  await makeStore(store);
  return { store, hashers: openHasherPool(1) };
}

test.each([
  ['', '/var/lib/pommgr'],
  ['# nothing\n', '/var/lib/pommgr'],
  ['store: /srv/store\n', '/srv/store'],
])('config.yaml %j puts the store at %s of the root', async (text, expected) => {
  const root = await scratchDirectory();
  await mkdir(join(root, 'etc/pommgr'), { recursive: true });
  await writeFile(join(root, 'etc/pommgr/config.yaml'), text);

  expect((await locateStore(root)).directory).toBe(join(root, expected));
  expect((await locateStore(root, '/elsewhere')).directory).toBe('/elsewhere');
});

test.each(['stor: /x\n', 'store: relative\n', 'store: [\n'])('config.yaml %j is refused', async (text) => {
  const root = await scratchDirectory();
  await mkdir(join(root, 'etc/pommgr'), { recursive: true });
  await writeFile(join(root, 'etc/pommgr/config.yaml'), text);

  await expect(locateStore(root)).rejects.toMatchObject({ code: 'config.invalid' });
});

test('only what is right gets a name in the pool', async () => {
  const { store, hashers } = await newStore();
  const wrong = Buffer.from('an 0bject');
  const before = await treeOf(store.directory);

  for (const [chunks, code] of [
    [[wrong], 'integrity.digest'],
    [[bytes, bytes], 'integrity.size'],
  ] as const) {
    const incoming = { ...object, chunks, where: 'here' };
    await expect(addToPool(store, incoming, hashers)).rejects.toMatchObject({ code });
  }
  expect(await treeOf(store.directory)).toEqual(before);

  await addToPool(store, { ...object, chunks: [bytes], where: 'here' }, hashers);
  expect(await poolHolds(store, object, hashers)).toBe(true);
});

test('an object that no baseline links is hashed before it is believed', async () => {
  const { store, hashers } = await newStore();
  await writeFile(poolPath(store, object.sha256), 'an 0bject');

  expect(await poolHolds(store, object, hashers)).toBe(false);
});

test('what an interrupted write left is removed', async () => {
  const { store } = await newStore();
  await writeFile(join(store.pool, `.${object.sha256}.0123.tmp`), 'half');
  await cleanPool(store);

  expect(await treeOf(store.pool)).toEqual([]);
});

test('a baseline has its name only when it is finished, and no path twice with two contents', async () => {
  const { store, hashers } = await newStore();
  const other = Buffer.from('another');
  await addToPool(store, { ...object, chunks: [bytes], where: 'here' }, hashers);
  const otherObject = { sizeBytes: other.length, sha256: sha256Hex(other) };
  await addToPool(store, { ...otherObject, chunks: [other], where: 'here' }, hashers);

  const directory = await openStoredBaselineDirectory(store, 'site-1');
  await directory.link(object.sha256, 'a/b/c');
  await directory.link(object.sha256, 'a/b/c');
  await expect(directory.link(otherObject.sha256, 'a/b/c')).rejects.toMatchObject({ code: 'integrity.path' });
  expect((await treeOf(store.baselines))[0]).toBe('d 755 site-1.tmp');
  await directory.finish();
  expect((await treeOf(store.baselines))[0]).toBe('d 755 site-1');
});
