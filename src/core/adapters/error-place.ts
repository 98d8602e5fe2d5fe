/** Inspects the file system on which a system error occurred, while it is still in the same state. */
import { statfs } from 'node:fs/promises';
import { placeOf, rememberPlace, type PlaceFileSystem } from '../domain/error-place.ts';
import { goneCodes } from '../domain/system-errors.ts';
import { existingPath, mountOf } from './mounts.ts';

/** Errors whose remedy depends on the file system. */
const codes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', ...goneCodes];

/** Runs `work` on `path`; rethrows an error of the system unchanged, with its place remembered. */
export async function at<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await locateError(error, path);
    throw error;
  }
}

/** Remembers that `error` occurred at `path`; ignores anything that is not a system error. */
export async function locateError(error: unknown, path: string): Promise<void> {
  if (!(error instanceof Error) || !('code' in error) || !codes.includes(String(error.code))) return;
  if (placeOf(error) !== undefined) return;
  const isRoot = process.geteuid?.() === 0;
  rememberPlace(error, { path, isRoot, fileSystem: await lookAt(path) });
}

async function lookAt(path: string): Promise<PlaceFileSystem | undefined> {
  try {
    const mount = await mountOf(path);
    if (mount === undefined) return undefined;
    const { bavail, blocks, bsize, files, ffree } = await statfs(await existingPath(path));
    return {
      ...mount,
      freeBytes: bavail * bsize,
      sizeBytes: blocks * bsize,
      freeFiles: files === 0 ? null : ffree,
    };
  } catch {
    // The error itself is still reported; a device that is gone answers no query.
    return undefined;
  }
}
