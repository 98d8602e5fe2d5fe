/**
 * Builds one baseline in the store: hard links into its pool. Invariant: it grows under `<name>.tmp` and gets its name
 * by one rename when everything in it is durable.
 */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  linkOnce,
  listDirectory,
  makeDirectory,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { poolPath, syncStore } from './store-pool.ts';
import { storedBaselineDirectory, type Store } from './store.ts';

export interface StoredBaselineDirectory {
  /** Links an object of the pool to a path of the baseline. */
  link(sha256: string, path: string): Promise<void>;
  /** Returns where a path of the baseline is now. */
  path(path: string): string;
  /** Writes a small file that is not an object. */
  write(path: string, data: string | Uint8Array): Promise<void>;
  /** Syncs everything and gives the directory its name; returns its path. */
  finish(): Promise<string>;
  abandon(): Promise<void>;
}

export async function openStoredBaselineDirectory(
  store: Store,
  name: string,
): Promise<StoredBaselineDirectory> {
  const final = storedBaselineDirectory(store, name);
  const temporary = `${final}.tmp`;
  await removeDurably(temporary);
  await makeDirectory(temporary);
  const made = new Set<string>([temporary]);
  async function place(path: string): Promise<string> {
    const directory = join(temporary, dirname(path));
    if (!made.has(directory)) await makeDirectory(directory);
    made.add(directory);
    return join(temporary, path);
  }
  return {
    path: (path) => join(temporary, path),
    async link(sha256, path) {
      const from = poolPath(store, sha256);
      const to = await place(path);
      if (!(await linkOnce(from, to))) await checkSameFile(from, to);
    },
    async write(path, data) {
      await writeFileAtomic(await place(path), data);
    },
    async finish() {
      await syncStore(store);
      await renameDurably(temporary, final);
      return final;
    },
    abandon: () => removeDurably(temporary),
  };
}

/** Removes what interrupted runs left. */
export async function cleanBaselines(store: Store): Promise<void> {
  for (const directory of [store.baselines, store.remotes]) {
    for (const name of await listDirectory(directory)) {
      if (name.endsWith('.tmp')) await removeDurably(join(directory, name));
    }
  }
}

/** Two components may list the same file; two different files at one path are a contradiction. */
async function checkSameFile(from: string, to: string): Promise<void> {
  const [a, b] = [await lstat(from), await lstat(to)];
  if (a.ino === b.ino) return;
  throw new PommgrError('integrity.path', `The baseline lists two different files for ${to}.`, {
    hints: ['The upstream repository contradicts itself. Make a new baseline from a correct one.'],
  });
}
