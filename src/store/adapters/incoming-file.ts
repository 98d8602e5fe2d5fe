/**
 * Stores `incoming.json`: the one bundle of which some volumes were taken. Invariant: a volume is listed only when all
 * of its objects are in the pool and durable.
 */
import { lstat } from 'node:fs/promises';
import { incomingKind, type Incoming } from '../../bundle/domain/incoming.ts';
import { removeDurably, removeFile } from '../../core/adapters/atomic-files.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { poolPath } from './store-pool.ts';
import type { Store } from './store.ts';

/**
 * Returns the record without volumes of which an object has been lost since: they have to be brought again. Returns
 * undefined when no set has been started.
 */
export async function readIncoming(store: Store): Promise<Incoming | undefined> {
  const incoming = await readJsonFileIfThere(store.incoming, incomingKind);
  if (incoming === undefined) return undefined;
  const taken: Incoming['taken'] = [];
  for (const volume of incoming.taken) if (await isWhole(store, volume)) taken.push(volume);
  return { ...incoming, taken };
}

export async function writeIncoming(store: Store, incoming: Incoming): Promise<void> {
  await writeJsonFile(store.incoming, incoming);
}

/** Removes the record if it was for this baseline, which the store has now. */
export async function endIncoming(store: Store, { name }: { name: string }): Promise<void> {
  const incoming = await readJsonFileIfThere(store.incoming, incomingKind);
  if (incoming?.baseline === name) await removeIncoming(store);
}

/**
 * Removes the record and the objects that no baseline links. The record goes last, so that an interrupted run does not
 * forget them. Returns what it was.
 */
export async function removeIncoming(store: Store): Promise<Incoming | undefined> {
  const incoming = await readJsonFileIfThere(store.incoming, incomingKind);
  if (incoming === undefined) return undefined;
  for (const { sha256 } of incoming.taken.flatMap(({ objects }) => objects)) {
    const path = poolPath(store, sha256);
    if ((await linksOf(path)) === 1) await removeFile(path);
  }
  await removeDurably(store.incoming);
  return incoming;
}

async function isWhole(store: Store, { objects }: Incoming['taken'][number]): Promise<boolean> {
  for (const { sha256, sizeBytes } of objects) {
    if ((await statusOf(poolPath(store, sha256)))?.size !== sizeBytes) return false;
  }
  return true;
}

async function linksOf(path: string): Promise<number> {
  return (await statusOf(path))?.nlink ?? 0;
}

async function statusOf(path: string): Promise<{ size: number; nlink: number } | undefined> {
  return await ifPresent(lstat(path));
}
