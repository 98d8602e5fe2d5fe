/** Looks at the file system where a system error happened, while it is still as it was then. */
import { statfs } from 'node:fs/promises';
import { placeOf, rememberPlace, type PlaceFileSystem } from '../domain/error-place.ts';
import { goneCodes } from '../domain/system-errors.ts';
import { existingPath, mountOf } from './mounts.ts';

/** Errors whose way out depends on the file system. */
const codes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', ...goneCodes];

/** Does `work` on `path`; an error of the system is thrown on as it is, with its place remembered. */
export async function at<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await locateError(error, path);
    throw error;
  }
}

/** Remembers that `error` happened at `path`; does nothing for what is no error of the system. */
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
    // The error itself is told all the same; a device that is gone answers nothing.
    return undefined;
  }
}
