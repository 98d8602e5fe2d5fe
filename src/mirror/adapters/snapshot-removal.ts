/**
 * Removes snapshots, both finished ones and those that killed runs left (`<mirror>/<time>.tmp`). Invariant: a snapshot
 * loses its name by one rename before its first file is removed.
 */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  entryExists,
  listDirectory,
  removeDurably,
  renameDurably,
} from '../../core/adapters/atomic-files.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import { snapshotPath } from './snapshot-directory.ts';

export interface SnapshotName {
  mirror: string;
  snapshot: string;
}

const unfinishedPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.tmp$/;

/** Returns whether any part of it exists: a killed removal leaves it without its name. */
export async function snapshotExists(baseDir: string, { mirror, snapshot }: SnapshotName): Promise<boolean> {
  const path = snapshotPath(baseDir, mirror, snapshot);
  return (await entryExists(path)) || (await entryExists(`${path}.tmp`));
}

/** Removes a snapshot, or continues its removal; the mirror's directory stays. */
export async function removeSnapshot(baseDir: string, { mirror, snapshot }: SnapshotName): Promise<void> {
  const path = snapshotPath(baseDir, mirror, snapshot);
  if (await entryExists(path)) {
    await rm(`${path}.tmp`, { recursive: true, force: true });
    await renameDurably(path, `${path}.tmp`);
  }
  await removeDurably(`${path}.tmp`);
}

/** Returns the paths of unfinished snapshots, sorted. During a run, they include its own. */
export async function listUnfinishedSnapshots(baseDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const mirror of await listDirectory(baseDir)) {
    const directory = join(baseDir, mirror);
    if (mirror.startsWith('.') || !(await isRealDirectory(directory))) continue;
    for (const name of await listDirectory(directory)) {
      if (unfinishedPattern.test(name) && (await isRealDirectory(join(directory, name))))
        found.push(join(directory, name));
    }
  }
  return found;
}

export async function removeUnfinishedSnapshot(path: string): Promise<void> {
  if (unfinishedPattern.test(basename(path))) await removeDurably(path);
}
