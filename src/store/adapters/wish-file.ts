/**
 * Stores `<store>/wishes.json`: the packages that this host waits for. They go into every report until a baseline has
 * them.
 */
import { join } from 'node:path';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { pendingWishesKind, type Wish } from '../../hosts/domain/wish.ts';
import type { Store } from './store.ts';

export async function readWishes(store: Store): Promise<Wish[]> {
  return (await readJsonFileIfThere(wishesPath(store), pendingWishesKind))?.wishes ?? [];
}

export async function writeWishes(store: Store, wishes: readonly Wish[]): Promise<void> {
  if (wishes.length === 0) await removeDurably(wishesPath(store));
  else await writeJsonFile(wishesPath(store), { schema: 'pommgr/wishes/v1', wishes });
}

function wishesPath({ directory }: Store): string {
  return join(directory, 'wishes.json');
}
