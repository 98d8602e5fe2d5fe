/**
 * Performs the first steps of every command on a host's store: find root and store, take the lock, resolve interrupted
 * work.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { pathExists, removeDurably } from '../../core/adapters/atomic-files.ts';
import { checkStoreAccess } from '../../store/adapters/store-access.ts';
import { readJournal } from '../../store/adapters/journal.ts';
import { locateStore, lockStore, storeExists, type Store } from '../../store/adapters/store.ts';
import type { Recovered } from '../domain/recovered.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { operationBaseline } from '../../store/domain/journal.ts';
import { recover } from './recover.ts';

export interface StoreOptions {
  /** Path of the host's / on this machine. Default: `/`. */
  root?: string | undefined;
  /** Default: the store in the host's config, else `<root>/var/lib/pommgr`. */
  store?: string | undefined;
  /** Changes nothing. */
  dryRun?: boolean | undefined;
  context: Context;
}

export interface StoreWork {
  root: string;
  store: Store;
  /** What an earlier run had left unfinished. */
  recovered: Recovered | null;
}

/** @throws PommgrError `state.no-store`, `state.locked`. */
export async function workOnStore<T>(options: StoreOptions, work: (at: StoreWork) => Promise<T>): Promise<T> {
  const { dryRun = false, context } = options;
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) throw noStore(store);
  if (dryRun) {
    await checkStoreAccess(store);
    await warnOfInterrupted(store, context);
    return work({ root, store, recovered: null });
  }
  const lock = await lockStore(store);
  try {
    return await work({ root, store, recovered: await recover(store, root, context) });
  } finally {
    await lock.release();
  }
}

/** For commands that may create a store: one that this run created and that is empty at its end is removed again. */
export async function withLockedStore<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const isNew = !(await pathExists(store.directory));
  const lock = await lockStore(store);
  try {
    try {
      return await work();
    } finally {
      if (isNew && !(await storeExists(store))) await removeDurably(store.directory);
    }
  } finally {
    // The lock is released whatever failed before: a process that holds it never ends.
    await lock.release();
  }
}

export function noStore({ directory }: Store): PommgrError {
  return new PommgrError('state.no-store', `There is no store at ${directory}.`, {
    hints: ['Name it with --store, or bring a baseline with "pommgr apply".'],
    details: { store: directory },
  });
}

/** For a dry run, which resolves nothing. */
export async function warnOfInterrupted(store: Store, context: Context): Promise<void> {
  const journal = await readJournal(store);
  if (journal === undefined) return;
  const { operation, started } = journal;
  const about = [operation.kind, operationBaseline(operation), started].filter((part) => part !== null);
  context.progress.warn(
    `An earlier run was interrupted (${about.join(', ')}); the next one ends that first.`,
  );
}
