/** Lists what is below a directory and never follows a symlink. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareText } from '../domain/canonical-json.ts';

export interface TreeEntry {
  /** Relative to the directory, `/`-separated. */
  path: string;
  /** `other`: a symlink, a device, a FIFO, a socket. */
  kind: 'file' | 'directory' | 'other';
}

export interface WalkOptions {
  /** Where to begin. Default: the directory itself. */
  below?: string;
  /** Returns whether to descend into a directory. Default: into all. */
  enter?: (path: string) => boolean;
}

/** Yields everything below, sorted by name, a directory before its contents. */
export async function* walkTree(
  directory: string,
  { below = '', enter = () => true }: WalkOptions = {},
): AsyncGenerator<TreeEntry> {
  const entries = await readdir(join(directory, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => compareText(a.name, b.name))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      yield { path, kind: 'directory' };
      if (enter(path)) yield* walkTree(directory, { below: path, enter });
    } else yield { path, kind: entry.isFile() ? 'file' : 'other' };
  }
}

/** Counts, by inode, the links below these directories. */
export async function countLinks(directories: readonly string[]): Promise<Map<bigint, number>> {
  const links = new Map<bigint, number>();
  for (const directory of directories) {
    for await (const { path, kind } of walkTree(directory)) {
      if (kind !== 'file') continue;
      const { ino } = await lstat(join(directory, path), { bigint: true });
      links.set(ino, (links.get(ino) ?? 0) + 1);
    }
  }
  return links;
}
