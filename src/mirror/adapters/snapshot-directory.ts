/**
 * Writes one mirror's snapshot in POM's layout: `<baseDir>/<mirror>/<time>/`, with the paths of the repository, hard
 * links into the pool. Invariant: it grows under `<time>.tmp` and gets its name by one rename when its last file is
 * there.
 */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listDirectory, makeDirectory, renameDurably } from '../../core/adapters/atomic-files.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface SnapshotDirectory {
  /** Returns the path of a file in it, while it grows. */
  pathOf(path: string): string;
  /** Gives the snapshot its name. */
  finish(): Promise<void>;
  /** Removes the unfinished snapshot. */
  abandon(): Promise<void>;
}

export function snapshotPath(baseDir: string, mirror: string, snapshot: string): string {
  return join(baseDir, mirror, snapshot);
}

/** @throws PommgrError `state.exists` when the mirror has a snapshot of that time already. */
export async function openSnapshotDirectory(
  baseDir: string,
  mirror: string,
  snapshot: string,
): Promise<SnapshotDirectory> {
  const final = snapshotPath(baseDir, mirror, snapshot);
  const temporary = `${final}.tmp`;
  if ((await listDirectory(dirname(final))).includes(snapshot)) {
    throw new PommgrError('state.exists', `Mirror ${mirror} has a snapshot ${snapshot} already.`, {
      hints: ['Run the same command again: snapshots are named by the second they are made in.'],
    });
  }
  await rm(temporary, { recursive: true, force: true });
  await makeDirectory(temporary);
  return {
    pathOf: (path) => join(temporary, path),
    finish: () => renameDurably(temporary, final),
    abandon: () => rm(temporary, { recursive: true, force: true }),
  };
}
