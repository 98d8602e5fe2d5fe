/**
 * Sets damaged pool files aside: they are moved to `<baseDir>/.pommgr/set-aside/<digest>`, so that nothing uses them
 * and the next snapshot fetches them again. Hold the pool's lock.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  listDirectory,
  makeDirectory,
  removeFile,
  renameDurably,
  syncDirectory,
} from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';

/** A name in the pool, `<baseDir>/.pool/<algorithm>/<digest>`. */
export interface PoolName {
  algorithm: 'sha256' | 'sha512';
  digest: string;
}

function poolPath(baseDir: string, { algorithm, digest }: PoolName): string {
  return join(baseDir, '.pool', algorithm, digest);
}

/** Returns where they are. */
export function setAsideDirectory(baseDir: string): string {
  return join(baseDir, '.pommgr', 'set-aside');
}

/** Removes the names of one file from the pool; returns the path where the file is kept. */
export async function setAsideNames(
  baseDir: string,
  names: readonly PoolName[],
): Promise<string | undefined> {
  const [first, ...others] = names;
  if (first === undefined) return undefined;
  const directory = setAsideDirectory(baseDir);
  await makeDirectory(directory);
  const kept = join(directory, first.digest);
  for (const name of others) {
    await removeFile(poolPath(baseDir, name));
    await syncDirectory(join(baseDir, '.pool', name.algorithm));
  }
  await renameDurably(poolPath(baseDir, first), kept);
  return kept;
}

/**
 * Works like `setAsideNames` for all names of the file with this SHA-256 name; returns undefined where there is none.
 */
export async function setAsideFile(baseDir: string, sha256: string): Promise<string | undefined> {
  const first: PoolName = { algorithm: 'sha256', digest: sha256 };
  const inode = await inodeOf(poolPath(baseDir, first));
  if (inode === undefined) return undefined;
  const names = [first];
  for (const digest of await listDirectory(join(baseDir, '.pool', 'sha512'))) {
    const name: PoolName = { algorithm: 'sha512', digest };
    if ((await inodeOf(poolPath(baseDir, name))) === inode) names.push(name);
  }
  return await setAsideNames(baseDir, names);
}

export async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await lstat(path, { bigint: true })).ino;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Returns the digests of the files that were set aside and that the pool does not have again. */
export async function listUnreplaced(baseDir: string): Promise<string[]> {
  const unreplaced: string[] = [];
  for (const digest of await listDirectory(setAsideDirectory(baseDir))) {
    const algorithm = digest.length === 128 ? 'sha512' : 'sha256';
    if ((await inodeOf(poolPath(baseDir, { algorithm, digest }))) === undefined) unreplaced.push(digest);
  }
  return unreplaced;
}

/** Returns files that were set aside and that the pool has again, with their age. */
export async function listReplaced(
  baseDir: string,
): Promise<{ path: string; sizeBytes: number; modifiedMs: number }[]> {
  const unreplaced = new Set(await listUnreplaced(baseDir));
  const replaced: { path: string; sizeBytes: number; modifiedMs: number }[] = [];
  for (const digest of await listDirectory(setAsideDirectory(baseDir))) {
    if (unreplaced.has(digest)) continue;
    const path = join(setAsideDirectory(baseDir), digest);
    const { size, ctimeMs } = await lstat(path);
    replaced.push({ path, sizeBytes: size, modifiedMs: ctimeMs });
  }
  return replaced;
}
