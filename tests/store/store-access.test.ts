/** A store that others than root may write is not used. */
import { chmod, chown, mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkStoreAccess } from '../../src/store/adapters/store-access.ts';
import { lockStore, makeStore, storeAt, type Store } from '../../src/store/adapters/store.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function newStore(): Promise<Store> {
  const store = storeAt(join(await scratchDirectory(), 'store'));
  await makeStore(store);
  await mkdir(store.remotes);
  return store;
}

test('one as pommgr makes it is used, also below a link of the operator, and one that is not there', async () => {
  const store = await newStore();
  const link = join(await scratchDirectory(), 'link');
  await symlink(store.directory, link);
  await checkStoreAccess(store);
  await checkStoreAccess(storeAt(link));
  await checkStoreAccess(storeAt(join(link, 'nothing')));
});

const parts = ['directory', 'pool', 'baselines', 'remotes', 'applied', 'secrets'] as const;

test.each(parts)('one whose %s others may write is refused', async (part) => {
  const store = await newStore();
  for (const mode of [0o757, 0o777, 0o1777]) {
    await chmod(store[part], mode);
    await expect(checkStoreAccess(store)).rejects.toMatchObject({ code: 'trust.store' });
  }
  await chmod(store[part], 0o775);
  await checkStoreAccess(store);
  await chown(store[part], 0, 65_534);
  await expect(lockStore(store)).rejects.toMatchObject({
    code: 'trust.store',
    message: expect.stringContaining('group 65534, mode 0775'),
  });
  await chown(store[part], 65_534, 0);
  await chmod(store[part], 0o755);
  await expect(lockStore(store)).rejects.toMatchObject({ code: 'trust.store' });
});

test('one with a link in place of a part is refused', async () => {
  const store = await newStore();
  await rename(store.pool, `${store.directory}.pool`);
  await symlink(`${store.directory}.pool`, store.pool);
  await expect(lockStore(store)).rejects.toMatchObject({ code: 'trust.store' });
});
