/**
 * Opens files that others may have created: only regular files, never through a symlink. A device, FIFO or link is
 * refused before a byte is read.
 */
import { tooLarge } from '../domain/mismatch.ts';
import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { PommgrError } from '../domain/errors.ts';
import { hasNoPath, systemErrorCode } from './system-error.ts';

/** @throws PommgrError `integrity.missing` or `integrity.file-type`. The caller closes the handle. */
export async function openRegularFile(path: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  const file = await openNoFollow(path);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw notRegular(path);
    return { file, sizeBytes: status.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws PommgrError `integrity.missing`, `integrity.file-type`, or `integrity.size` beyond `maxBytes`. */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const { file, sizeBytes } = await openRegularFile(path);
  try {
    if (sizeBytes > maxBytes) {
      throw tooLarge(path, {
        ...{ expected: maxBytes, found: sizeBytes },
        hints: ['pommgr never writes such a file. Take the medium from the online side again.'],
      });
    }
    const data = Buffer.alloc(sizeBytes);
    const { bytesRead } = await file.read(data, 0, sizeBytes, 0);
    return data.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Returns whether there is a regular file; a symlink to one does not count. */
export async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (hasNoPath(error)) return false;
    throw error;
  }
}

/** Returns whether there is a directory; a symlink to one does not count. */
export async function isRealDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (hasNoPath(error)) return false;
    throw error;
  }
}

async function openNoFollow(path: string): Promise<FileHandle> {
  try {
    // The kind is checked before opening: opening a device may have effects, and is forbidden on media mounted nodev.
    if (!(await lstat(path)).isFile()) throw notRegular(path);
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') {
      throw new PommgrError('integrity.missing', `${path} is missing.`, {
        hints: ['Copy the medium again from the online side.'],
        details: { file: path },
        cause: error,
      });
    }
    if (code === 'ELOOP' || code === 'ENXIO') throw notRegular(path);
    throw error;
  }
}

function notRegular(path: string): PommgrError {
  return new PommgrError('integrity.file-type', `${path} is not a regular file.`, {
    hints: ['Links and devices do not belong on a medium. Take the medium from the online side again.'],
    details: { file: path },
  });
}
