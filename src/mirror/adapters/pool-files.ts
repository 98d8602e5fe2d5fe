/**
 * Lists all files of a base-dir's pool, by inode, and finds those that nothing links. It does what POM's `mirror gc`
 * does for files in the pool; hold its lock (file-lock.ts) while removing.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory, removeFile, syncDirectory } from '../../core/adapters/atomic-files.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';

export type PoolAlgorithm = 'sha256' | 'sha512';

/** One inode of the pool with all the names that it has there. */
export interface PoolFile {
  inode: bigint;
  sizeBytes: number;
  /** All hard links, including those in the pool. */
  links: number;
  names: { algorithm: PoolAlgorithm; digest: string; path: string }[];
}

export interface PoolListing {
  files: PoolFile[];
  /** Leftovers of files that a killed POM was writing: `<digest>.tmp_XXXXXX`. Only the lock's holder writes there. */
  temporary: { path: string; sizeBytes: number }[];
  /** Paths that do not belong in a pool. */
  strangers: string[];
}

const digits: Record<PoolAlgorithm, number> = { sha256: 64, sha512: 128 };
const statsAtOnce = 64;

/** The pool directory's own path. */
function poolDirectory(baseDir: string): string {
  return join(baseDir, '.pool');
}

/** Returns an empty listing where there is no pool. */
export async function listPool(baseDir: string): Promise<PoolListing> {
  const top = poolDirectory(baseDir);
  const listing: PoolListing = { files: [], temporary: [], strangers: [] };
  const byInode = new Map<bigint, PoolFile>();
  for (const name of await listDirectory(top)) {
    if (name === '.lock') continue;
    if (name === 'sha256' || name === 'sha512')
      await listAlgorithm(join(top, name), name, { listing, byInode });
    else listing.strangers.push(join(top, name));
  }
  listing.files = [...byInode.values()];
  return listing;
}

async function listAlgorithm(
  directory: string,
  algorithm: PoolAlgorithm,
  { listing, byInode }: { listing: PoolListing; byInode: Map<bigint, PoolFile> },
): Promise<void> {
  const names = await listDirectory(directory);
  for (let first = 0; first < names.length; first += statsAtOnce) {
    const found = names.slice(first, first + statsAtOnce).map(async (name) => {
      const path = join(directory, name);
      return { name, path, status: await statusOf(path) };
    });
    for (const { name, path, status } of await Promise.all(found)) {
      if (status === undefined) continue;
      const kind = status.isFile() ? kindOf(name, algorithm) : 'stranger';
      const sizeBytes = Number(status.size);
      if (kind === 'stranger') listing.strangers.push(path);
      else if (kind === 'temporary') listing.temporary.push({ path, sizeBytes });
      else {
        const known = byInode.get(status.ino);
        const file = known ?? { inode: status.ino, sizeBytes, links: Number(status.nlink), names: [] };
        file.names.push({ algorithm, digest: name, path });
        if (known === undefined) byInode.set(status.ino, file);
      }
    }
  }
}

/** Returns undefined for a file that was removed after the directory was listed. */
async function statusOf(path: string) {
  return await ifPresent(lstat(path, { bigint: true }));
}

function kindOf(name: string, algorithm: PoolAlgorithm): 'file' | 'temporary' | 'stranger' {
  const digest = name.slice(0, digits[algorithm]);
  if (digest.length < digits[algorithm] || !/^[0-9a-f]+$/.test(digest)) return 'stranger';
  const rest = name.slice(digest.length);
  if (rest === '') return 'file';
  return /^\.tmp_[A-Za-z0-9]+$/.test(rest) ? 'temporary' : 'stranger';
}

/** Returns files that no snapshot links; `others` are links that are about to be removed, or do not count. */
export function unlinkedFiles(
  listing: PoolListing,
  others: ReadonlyMap<bigint, number> = new Map(),
): PoolFile[] {
  return listing.files.filter(({ inode, links, names }) => links - (others.get(inode) ?? 0) === names.length);
}

/** Removes all names of these files; the removal is durable. */
export async function removePoolFiles(baseDir: string, files: readonly PoolFile[]): Promise<void> {
  for (const { names } of files) {
    for (const { path } of names) await removeFile(path);
  }
  for (const algorithm of new Set(files.flatMap(({ names }) => names.map((name) => name.algorithm)))) {
    await syncDirectory(join(poolDirectory(baseDir), algorithm));
  }
}

export interface FileTotal {
  files: number;
  sizeBytes: number;
}

/** Number and bytes, each inode once. */
export function totalOf(files: readonly { sizeBytes: number }[]): FileTotal {
  return { files: files.length, sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}
