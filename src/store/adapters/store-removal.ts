/** Removes baselines from a store with everything that only they have, or the whole store. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  entryExists,
  listDirectory,
  pathExists,
  removeDurably,
  removeEmptyDirectory,
  removeFile,
  renameDurably,
  syncDirectory,
} from '../../core/adapters/atomic-files.ts';
import { countLinks } from '../../core/adapters/file-tree.ts';
import { removeRestoreFiles, removeRestoreJournal } from './restore-files.ts';
import { remoteBaselineDirectory, storedBaselineDirectory, type Store } from './store.ts';

/** Returns what removing these baselines would free. Changes nothing. */
export async function unusedWithout(
  store: Store,
  baselines: readonly string[],
): Promise<{ files: number; sizeBytes: number }> {
  const linked = await countLinks(await presentDirectories(store, baselines));
  const unused = { files: 0, sizeBytes: 0 };
  for (const name of await objectNames(store)) {
    const { ino, nlink, size } = await lstat(join(store.pool, name), { bigint: true });
    if (Number(nlink) - (linked.get(ino) ?? 0) > 1) continue;
    unused.files += 1;
    unused.sizeBytes += Number(size);
  }
  return unused;
}

/**
 * Removes these baselines and every object that no baseline links. A baseline loses its name before its first file, and
 * the next run removes what an interrupted one left.
 */
export async function removeStoredBaselines(store: Store, baselines: readonly string[]): Promise<void> {
  for (const directory of baselines.flatMap((name) => directoriesOf(store, name))) {
    if (await entryExists(directory)) await renameDurably(directory, `${directory}.tmp`);
    if (await entryExists(`${directory}.tmp`)) await removeDurably(`${directory}.tmp`);
  }
  for (const name of await objectNames(store)) {
    const path = join(store.pool, name);
    if ((await lstat(path)).nlink === 1) await removeFile(path);
  }
  if (await entryExists(store.pool)) await syncDirectory(store.pool);
}

async function presentDirectories(store: Store, baselines: readonly string[]): Promise<string[]> {
  const present: string[] = [];
  for (const directory of baselines.flatMap((name) => directoriesOf(store, name))) {
    if (await entryExists(directory)) present.push(directory);
  }
  return present;
}

function directoriesOf(store: Store, name: string): string[] {
  return [storedBaselineDirectory(store, name), remoteBaselineDirectory(store, name)];
}

async function objectNames(store: Store): Promise<string[]> {
  return (await listDirectory(store.pool)).filter((name) => /^[0-9a-f]{64}$/.test(name));
}

/** The directory itself stays when it holds foreign files, or is a mount point. */
export async function removeStore(store: Store): Promise<void> {
  const { directory, pool, baselines, remotes, applied, current, state, audit, lock, journal } = store;
  const { medium } = store;
  if (!(await pathExists(directory))) return;
  const secrets = join(directory, 'secrets');
  await removeRestoreFiles(store);
  await removeRestoreJournal(store);
  await removeDurably(store.incoming);
  for (const path of [medium, `${medium}.tmp`]) await removeDurably(path);
  for (const path of [current, applied, baselines, remotes, pool, secrets, state, audit, lock, journal]) {
    await removeDurably(path);
  }
  await removeEmptyDirectory(directory);
}
