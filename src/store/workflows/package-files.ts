/** Finds the package files of a stored baseline: in the host's own store, or in that of another host. */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { dirname, join } from 'node:path';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { fileSize, makeDirectory } from '../../core/adapters/atomic-files.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { fetchedDirectory } from '../adapters/restore-files.ts';
import { openStoreSource } from '../adapters/store-source.ts';
import type { Store } from '../adapters/store.ts';
import { freeSpace } from '../../core/adapters/free-space.ts';
import { checkSpace, costOf } from '../domain/apply-plan.ts';
import type { PommgrError } from '../../core/domain/errors.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { StoredBaseline } from '../adapters/stored-baseline.ts';
import { pathInStore } from './open-offer.ts';

export interface PackageFiles {
  /** Returns whether the file exists with its size. @throws PommgrError `network.*`. */
  isThere(entry: PackageEntry): Promise<boolean>;
  /** @throws PommgrError `state.space` where there is too little space to fetch these. */
  checkSpace(entries: readonly PackageEntry[]): Promise<void>;
  /**
   * Checks the digest and returns the path on this machine; a file of another host is fetched for the duration of the
   * restore. @throws PommgrError `integrity.*`, `network.*`.
   */
  verify(entry: PackageEntry): Promise<string>;
}

/** Gives `work` access to them. */
export async function withPackageFiles<T>(
  stored: StoredBaseline,
  { store, aptRoot, signal }: { store: Store; aptRoot: AptRoot; signal: AbortSignal },
  work: (files: PackageFiles) => Promise<T>,
): Promise<T> {
  const { directory, remote, baseline } = stored;
  const hashers = openHasherPool(1);
  try {
    if (remote === null) {
      const pathOf = ({ mirror, filename }: PackageEntry): string => join(directory, mirror, filename);
      return await work({
        isThere: async (entry) => (await fileSize(pathOf(entry))) === entry.sizeBytes,
        // The files are already in place.
        checkSpace: () => Promise.resolve(),
        async verify(entry) {
          const path = pathOf(entry);
          const { sha256 } = await hashFile(path, hashers);
          if (sha256 !== entry.sha256) throw changed(path, entry.sha256, sha256);
          return path;
        },
      });
    }
    const source = await openStoreSource(remote, { aptRoot, hashers, signal });
    const pathOf = ({ mirror, filename }: PackageEntry): string =>
      pathInStore(baseline.name, `${mirror}/${filename}`);
    try {
      return await work({
        isThere: async (entry) => (await source.sizeOf(pathOf(entry))) === entry.sizeBytes,
        async checkSpace(entries) {
          const cost = costOf(
            entries.map(({ sizeBytes }) => sizeBytes),
            entries.length,
          );
          checkSpace(cost, await freeSpace(store.directory), store.directory);
        },
        async verify(entry) {
          const path = join(fetchedDirectory(store), entry.mirror, entry.filename);
          await makeDirectory(dirname(path));
          await source.fetch(pathOf(entry), entry, path);
          return path;
        },
      });
    } finally {
      await source.close();
    }
  } finally {
    await hashers.close();
  }
}

function changed(path: string, expected: string, found: string): PommgrError {
  return digestMismatch(path, {
    ...{ expected, found },
    hints: ['Nothing was installed. Import the bundle into a new store with --store.'],
  });
}
