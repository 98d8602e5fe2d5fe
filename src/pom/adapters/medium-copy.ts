/** Computes what POM's `medium sync` will copy to a medium: pool files that it lacks, and new snapshot directories. */
import { lstat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';
import { below, topPlace, type Place } from '../../core/domain/place.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { walkTree } from '../../core/adapters/file-tree.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import { listPool, totalOf, type FileTotal, type PoolFile } from '../../mirror/adapters/pool-files.ts';

/** A mirror as POM's config has it. */
export interface CopiedMirror {
  id: string;
  /** Exactly as written: POM names the pool on the medium by it. */
  baseDir: string;
}

export interface MediumCopy {
  /** Contents that the medium lacks. */
  copied: FileTotal;
  /** What they take on the medium: bytes in whole blocks, inodes. Directories included. */
  needed: FileTotal;
}

/** Bytes for a name in a directory, rounded up generously. */
const entryBytes = 256;

/** `mirrors` are all of the medium: POM copies every snapshot that they have. */
export async function planMediumCopy(
  mountpoint: string,
  mirrors: readonly CopiedMirror[],
): Promise<MediumCopy> {
  const { bsize } = await statfs(mountpoint);
  const missing: PoolFile[] = [];
  let directories = 0;
  let entries = 0;
  for (const baseDir of new Set(mirrors.map((mirror) => mirror.baseDir))) {
    const linked = new Set<bigint>();
    for (const { id } of mirrors.filter((mirror) => mirror.baseDir === baseDir)) {
      const found = await newEntries(
        { from: join(baseDir, id), to: below(topPlace(mountpoint), id) },
        linked,
      );
      directories += found.directories;
      entries += found.files;
    }
    const present = await poolNames(below(topPlace(mountpoint), mediumPoolName(baseDir)));
    const files = (await listPool(baseDir)).files.filter(
      ({ inode, names }) => linked.has(inode) && !names.some(({ digest }) => present.has(digest)),
    );
    missing.push(...files);
    entries += files.reduce((sum, { names }) => sum + names.length, 0);
  }
  const blocks = missing.reduce((sum, { sizeBytes }) => sum + Math.ceil(sizeBytes / bsize), directories);
  return {
    copied: totalOf(missing),
    needed: { files: missing.length + directories, sizeBytes: blocks * bsize + entries * entryBytes },
  };
}

/** The pool of a base-dir on a medium. */
export function mediumPoolName(baseDir: string): string {
  return `.pool_${sha256Hex(baseDir)}`;
}

/** Notes the inodes of a mirror in `linked`, and counts what of its snapshots is not on the medium. */
async function newEntries(
  { from, to }: { from: string; to: Place },
  linked: Set<bigint>,
): Promise<{ directories: number; files: number }> {
  const counted = { directories: 0, files: 0 };
  for (const snapshot of await listDirectory(from)) {
    if (!(await isRealDirectory(join(from, snapshot)))) continue;
    const isNew = (await kindAt(below(to, snapshot))) === undefined;
    if (isNew) counted.directories += 1;
    for await (const { path, kind } of walkTree(join(from, snapshot))) {
      if (kind === 'file') linked.add((await lstat(join(from, snapshot, path), { bigint: true })).ino);
      if (!isNew) continue;
      if (kind === 'directory') counted.directories += 1;
      else counted.files += 1;
    }
  }
  return counted;
}

async function poolNames(pool: Place): Promise<Set<string>> {
  return new Set([...(await namesAt(below(pool, 'sha256'))), ...(await namesAt(below(pool, 'sha512')))]);
}
