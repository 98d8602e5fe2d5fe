/**
 * Stores the extras of a baseline: links into the pool, and the record that names them. Invariant: the record, written
 * last, names only existing extras.
 */
import { join } from 'node:path';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { storedExtrasKind, type Extra } from '../../config/domain/extras.ts';
import { linkOnce, makeDirectory, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere } from '../../core/adapters/json-file.ts';
import { poolPath, syncStore } from './store-pool.ts';
import type { Store } from './store.ts';

/** Path below a stored baseline's directory. */
export const extrasRecordPath = 'extras/extras.json';

/** Returns a path below a stored baseline's directory, by content: a name may come again with other content. */
export function storedExtraPath(sha256: string): string {
  return `extras/${sha256}`;
}

export function extrasRecordText(extras: readonly Extra[]): string {
  return canonicalJson({ schema: 'pommgr/stored-extras/v1', extras });
}

/** Returns the extras sorted by name; none where there are none. */
export async function readStoredExtras(directory: string): Promise<Extra[]> {
  return (await readJsonFileIfThere(join(directory, extrasRecordPath), storedExtrasKind))?.extras ?? [];
}

/** Links objects of the pool into a baseline that is already stored, and writes `extras` as its record. */
export async function replaceStoredExtras(
  store: Store,
  directory: string,
  extras: readonly Extra[],
): Promise<void> {
  await makeDirectory(join(directory, 'extras'));
  for (const { sha256 } of extras) {
    await linkOnce(poolPath(store, sha256), join(directory, storedExtraPath(sha256)));
  }
  await syncStore(store);
  await writeFileAtomic(join(directory, extrasRecordPath), extrasRecordText(extras));
}
