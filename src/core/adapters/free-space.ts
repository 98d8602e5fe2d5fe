/** Free space of a file system, as a user who is not root may use it. */
import { statfs } from 'node:fs/promises';
import { checkFileSizes, fileSystemOf } from '../domain/file-systems.ts';
import { PommgrError } from '../domain/errors.ts';

export interface FreeSpace {
  sizeBytes: number;
  /** Inodes; null where the file system counts none, e.g. FAT. */
  files: number | null;
}

/** Of the file system that holds `path`, which must exist. */
export async function freeSpace(path: string): Promise<FreeSpace> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { sizeBytes: bavail * bsize, files: files === 0 ? null : ffree };
}

/**
 * Looks for room for `sizeBytes` in `files` files, before the first byte is written; `what` names them.
 * @throws PommgrError `state.space`
 */
export async function requireSpace(
  path: string,
  sizeBytes: number,
  { files, what }: { files: number; what: string },
): Promise<void> {
  const free = await freeSpace(path);
  if (sizeBytes > free.sizeBytes)
    throw tooLittle(path, what, { unit: 'bytes', expected: sizeBytes, found: free.sizeBytes });
  if (free.files !== null && files > free.files) {
    throw tooLittle(path, what, { unit: 'inodes', expected: files, found: free.files });
  }
}

/**
 * Whether the file system takes files of such sizes, as far as that is known.
 * @throws PommgrError `usage.volume-size`
 */
export async function requireFileSize(
  path: string,
  files: readonly { file: string; sizeBytes: number }[],
): Promise<void> {
  const fileSystem = fileSystemOf((await statfs(path)).type);
  checkFileSizes(files, fileSystem, path);
}

function tooLittle(
  path: string,
  what: string,
  need: { unit: string; expected: number; found: number },
): PommgrError {
  return new PommgrError(
    'state.space',
    `There is too little space at ${path} for ${what}: expected ${need.expected} free ${need.unit}, found ${need.found}.`,
    {
      hints: ['Free some space there, or use a larger file system, then run the same command again.'],
      details: { path, ...need },
    },
  );
}
