/**
 * Opens directories of a medium or a share, one below the other, by handle, as openat(2) does. Node.js has no such
 * call, but `/proc/self/fd/N/name` is equivalent (proc(5)). Invariant: below the directory that the user named, no
 * symbolic link is followed at any step.
 */
import { existsSync } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { PommgrError } from '../domain/errors.ts';
import { nameOf, parentOf, pathOf, type Place } from '../domain/place.ts';
import { systemErrorCode } from './system-error.ts';
import { rememberPlace } from '../domain/error-place.ts';
import { locateError } from './error-place.ts';

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY;

/**
 * Opens the directory at a place; the caller closes it.
 * @throws PommgrError `integrity.file-type` where anything but a directory is on the way; the system's error (ENOENT, …).
 */
export async function openDirectory(place: Place): Promise<FileHandle> {
  let directory = await open(place.top, directoryFlags);
  for (const [index, name] of place.names.entries()) {
    const outer = directory;
    try {
      directory = await openChild(outer, name);
    } catch (error) {
      const step = { top: place.top, names: place.names.slice(0, index + 1) };
      await locateError(error, pathOf(step));
      throw placeError(error, step);
    } finally {
      await outer.close();
    }
  }
  return directory;
}

/** Opens a directory inside an open one. @throws the system's error: ENOTDIR or ELOOP for a link. */
export async function openChild(directory: FileHandle, name: string): Promise<FileHandle> {
  return await open(pathIn(directory, name), directoryFlags | constants.O_NOFOLLOW);
}

/** Returns a path to an entry of an open directory, whatever is at the directory's own path by now. */
export function pathIn({ fd }: FileHandle, name?: string): string {
  return name === undefined ? `/proc/self/fd/${fd}` : `/proc/self/fd/${fd}/${name}`;
}

/** Runs `work` with a directory, and with the path of its contents. */
export async function inDirectory<T>(place: Place, work: (directory: FileHandle) => Promise<T>): Promise<T> {
  const directory = await openDirectory(place);
  try {
    return await work(directory);
  } catch (error) {
    await locateError(error, pathOf(place));
    throw placeError(error, place);
  } finally {
    await directory.close();
  }
}

/** Runs `work` with the path of an entry, which leads through a handle of its directory, and with that handle. */
export async function atEntry<T>(
  place: Place,
  work: (path: string, directory: FileHandle) => Promise<T>,
): Promise<T> {
  const directory = await openDirectory(parentOf(place));
  try {
    return await work(place.names.length === 0 ? place.top : pathIn(directory, nameOf(place)), directory);
  } catch (error) {
    await locateError(error, pathOf(place));
    throw placeError(error, place);
  } finally {
    await directory.close();
  }
}

/** Returns the same error with the place as the user knows it. */
function placeError(error: unknown, place: Place): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  if (code === 'ENOENT' && !existsSync('/proc/self/fd')) return noProc(error);
  if (!/\/proc\/self\/fd\/\d+/.test(error.message)) return error;
  if (code === 'ENOTDIR' || code === 'ELOOP') return notADirectory(place);
  rememberPlace(error, { path: pathOf(place) });
  error.message = error.message.replaceAll(/\/proc\/self\/fd\/\d+(\/[^']*)?/g, pathOf(place));
  return error;
}

/** @throws Nothing: for the caller to throw. */
export function notADirectory(place: Place): PommgrError {
  const path = pathOf(place);
  return new PommgrError('integrity.file-type', `${path} is not a directory.`, {
    hints: [
      'A link or a file is in its place. Find out who put it there, remove it, and write the medium again on the online side.',
    ],
    details: { file: path },
  });
}

function noProc(cause: Error): PommgrError {
  return new PommgrError(
    'state.missing',
    '/proc is not mounted, and without it no medium can be read safely.',
    {
      hints: ['Run "mount -t proc proc /proc", then run the same command again.'],
      cause,
    },
  );
}
