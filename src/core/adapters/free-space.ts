/** Reports the free space of a file system, as available to a user who is not root. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkFileSizes, fileSystemOf } from '../domain/file-systems.ts';
import { formatBytes } from '../domain/byte-size.ts';
import { isAbsent } from './system-error.ts';
import { PommgrError } from '../domain/errors.ts';
import { placeOf, rememberNeed, type SpaceNeed } from '../domain/error-place.ts';
import { mountOf } from './mounts.ts';

export interface FreeSpace {
  sizeBytes: number;
  /** Free inodes; null where the file system has no inode count, e.g. FAT. */
  files: number | null;
}

/** Returns the free space of the file system that holds `path`, which must exist. */
export async function freeSpace(path: string): Promise<FreeSpace> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { sizeBytes: bavail * bsize, files: files === 0 ? null : ffree };
}

/** Works like `freeSpace` for a directory that need not exist yet. */
export async function freeSpaceFor(path: string): Promise<FreeSpace> {
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      return await freeSpace(directory);
    } catch (error) {
      if (!isAbsent(error) || dirname(directory) === directory) throw error;
    }
  }
}

/**
 * Checks the free space as `requireSpace` does, then does `work`. If the file system fills up meanwhile, the error names
 * what the work needs in all.
 * @throws PommgrError `state.space`
 */
export async function withSpace<T>(path: string, need: SpaceNeed, work: () => Promise<T>): Promise<T> {
  await requireSpace(path, need.sizeBytes, need);
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && placeOf(error)?.path.startsWith(path) === true) rememberNeed(error, need);
    throw error;
  }
}

/**
 * Checks before the first byte is written that `sizeBytes` in `files` files fit; `what` names the files, and `waysOut`
 * says how to make room.
 * @throws PommgrError `state.space`
 */
export async function requireSpace(
  path: string,
  sizeBytes: number,
  { files, what, waysOut = [] }: Omit<SpaceNeed, 'sizeBytes'>,
): Promise<void> {
  const free = await freeSpace(path);
  if (sizeBytes > free.sizeBytes)
    throw await tooLittle(
      path,
      { what, waysOut },
      { unit: 'bytes', expected: sizeBytes, found: free.sizeBytes },
    );
  if (free.files !== null && files > free.files) {
    throw await tooLittle(path, { what, waysOut }, { unit: 'inodes', expected: files, found: free.files });
  }
}

/**
 * Checks that the file system can hold files of such sizes, as far as its limits are known.
 * @throws PommgrError `usage.volume-size`
 */
export async function requireFileSize(
  path: string,
  files: readonly { file: string; sizeBytes: number }[],
): Promise<void> {
  const fileSystem = fileSystemOf((await statfs(path)).type);
  checkFileSizes(files, fileSystem, path);
}

async function tooLittle(
  path: string,
  { what, waysOut }: { what: string; waysOut: readonly string[] },
  need: { unit: 'bytes' | 'inodes'; expected: number; found: number },
): Promise<PommgrError> {
  const shown = (count: number): string => (need.unit === 'bytes' ? formatBytes(count) : `${count} inodes`);
  const mount = await mountOf(path);
  const place = mount === undefined ? path : `${mount.mountPoint} (${mount.type} on ${mount.source})`;
  return new PommgrError(
    'state.space',
    `There is too little space at ${path} for ${what}: expected ${shown(need.expected)} free, found ${shown(need.found)} on ${place}.`,
    {
      hints: [
        `Free ${shown(need.expected - need.found)} on ${mount?.mountPoint ?? path}, or use a larger file system, then run the same command again.`,
        ...waysOut,
      ],
      details: { path, ...need, ...mount },
    },
  );
}
