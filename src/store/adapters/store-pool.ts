/**
 * Manages the store's pool: verified objects under their SHA-256. Invariant: an object gets its name only when size and
 * digest match. An object that a baseline links is also durable; one that no baseline links yet (after an interrupted
 * run) is hashed again before it is used.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { listDirectory, removeDurably, removeFile } from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { openGrowingFile } from '../../core/adapters/growing-file.ts';
import { type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { run } from '../../core/adapters/process.ts';
import { checkIncoming, type IncomingObject } from '../../core/adapters/incoming-object.ts';
import type { Store } from './store.ts';

export function poolPath(store: Store, sha256: string): string {
  return join(store.pool, sha256);
}

/**
 * Adds one object and hashes it on the way.
 * @throws PommgrError `integrity.size`, `integrity.digest`; nothing of it stays then.
 */
export async function addToPool(store: Store, object: IncomingObject, hashers: HasherPool): Promise<void> {
  const path = poolPath(store, object.sha256);
  const file = await openGrowingFile(path);
  try {
    await checkIncoming(object, hashers, (chunk) => file.write(chunk));
  } catch (error) {
    await file.abandon();
    throw error;
  }
  await file.finish(path);
}

/** Returns whether the pool holds the object and it may be used without another check. */
export async function poolHolds(store: Store, object: ObjectFact, hashers: HasherPool): Promise<boolean> {
  const path = poolPath(store, object.sha256);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.size !== object.sizeBytes) return false;
  try {
    return found.nlink > 1 || (await hashFile(path, hashers)).sha256 === object.sha256;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

export async function removeFromPool(store: Store, sha256: string): Promise<void> {
  await removeFile(poolPath(store, sha256));
}

/** Removes what interrupted writes left. */
export async function cleanPool(store: Store): Promise<void> {
  for (const name of await listDirectory(store.pool)) {
    if (name.endsWith('.tmp')) await removeDurably(join(store.pool, name));
  }
}

/** Flushes the store's file system to disk: one call instead of an fsync for each object. */
export async function syncStore(store: Store): Promise<void> {
  await run('sync', ['--file-system', store.directory], { idleSeconds: 6 * 3600 });
}
