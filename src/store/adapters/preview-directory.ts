/**
 * Lays out a baseline for a preview, in a temporary directory: documents, indices and keyrings where the store would
 * have them, no packages. Invariant: everything in it was verified while it was read, or is an object of the pool.
 */
import { copyPlainFile } from '../../core/adapters/plain-file.ts';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import { at } from '../../core/adapters/error-place.ts';
import { keyringPath } from '../../baseline/adapters/baseline-files.ts';
import type { SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import { travellingFiles } from '../../medium/domain/bundle-objects.ts';
import { poolPath } from './store-pool.ts';
import type { Store } from './store.ts';

export interface PreviewDirectory {
  /** Laid out as `<store>/baselines/<name>`. */
  readonly directory: string;
  /** From here on the indices and keyrings of these records are kept, too. */
  begin(records: readonly SnapshotRecord[]): void;
  /** Reads a verified document into the directory. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Passes the object to `check`, and keeps its bytes if they are wanted; they count once `check` returns. */
  receive(
    sha256: string,
    check: (keep?: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
  ): Promise<void>;
  /** Copies the kept objects, and those of the store's pool, to their places in the baseline. */
  place(store: Store): Promise<void>;
}

/** Works in `scratch`, an empty directory that the caller removes. */
export async function openPreviewDirectory(scratch: string): Promise<PreviewDirectory> {
  const directory = join(scratch, 'baseline');
  const objects = join(scratch, 'objects');
  const wanted = new Set<string>();
  let records: readonly SnapshotRecord[] = [];
  for (const path of [directory, objects]) await makeDirectory(path);

  async function put(sha256: string, path: string, store: Store): Promise<void> {
    const to = join(directory, path);
    await makeDirectory(dirname(to));
    const kept = join(objects, sha256);
    const from = (await pathExists(kept)) ? kept : poolPath(store, sha256);
    await at(to, () => copyPlainFile(from, to));
  }

  return {
    directory,
    begin(begun) {
      records = begun;
      for (const { sha256 } of begun.flatMap((record) => [record.keyring, ...travellingFiles(record)]))
        wanted.add(sha256);
    },
    async write(name, bytes) {
      const path = join(directory, name);
      const file = await at(path, () => open(path, 'w', 0o644));
      try {
        await at(path, () => file.writeFile(bytes));
      } finally {
        await file.close();
      }
    },
    async receive(sha256, check) {
      if (!wanted.delete(sha256)) return check();
      const path = join(objects, `${sha256}.part`);
      const file = await at(path, () => open(path, 'w', 0o644));
      try {
        await check((chunk) => at(path, () => file.writeFile(chunk)));
      } finally {
        await file.close();
      }
      await rename(path, join(objects, sha256));
    },
    async place(store) {
      for (const record of records) {
        await put(record.keyring.sha256, keyringPath(record.mirror), store);
        for (const { sha256, path } of travellingFiles(record)) {
          await put(sha256, `${record.mirror}/${path}`, store);
        }
      }
    },
  };
}
