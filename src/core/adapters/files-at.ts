/**
 * Reads files and directories at a place of a medium or a share. Together with `writes-at.ts` it is the only way to
 * them. Invariant: no link is followed, and nothing but regular files and directories is ever opened.
 */
import { tooLarge } from '../domain/mismatch.ts';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { compareText } from '../domain/canonical-json.ts';
import { PommgrError } from '../domain/errors.ts';
import { pathOf, type Place } from '../domain/place.ts';
import { ifPresent, systemErrorCode } from './system-error.ts';
import { atEntry, inDirectory, pathIn } from './directory-handles.ts';
import type { TreeEntry, WalkOptions } from './file-tree.ts';

export type EntryKind = TreeEntry['kind'];

/** Returns the kind of entry at a place; undefined for none. `other`: a link, a device, a FIFO, a socket. */
export async function kindAt(place: Place): Promise<EntryKind | undefined> {
  const status = await statusAt(place);
  if (status === undefined) return undefined;
  if (status.isDirectory()) return 'directory';
  return status.isFile() ? 'file' : 'other';
}

/** Returns the size of a file; 0 when it does not exist. */
export async function sizeAt(place: Place): Promise<number> {
  return (await statusAt(place))?.size ?? 0;
}

async function statusAt(place: Place): Promise<Stats | undefined> {
  return await ifPresent(
    atEntry(place, (path) => (place.names.length === 0 ? lstat(`${path}/.`) : lstat(path))),
  );
}

/** Returns the sorted names in a directory; none when it does not exist. @throws PommgrError `integrity.file-type` */
export async function namesAt(place: Place): Promise<string[]> {
  return (
    (await ifPresent(
      inDirectory(place, async (directory) => (await readdir(pathIn(directory))).toSorted(compareText)),
    )) ?? []
  );
}

/**
 * Opens a regular file; the caller closes it. `flags` are added to those of a plain read.
 * @throws PommgrError `integrity.missing` or `integrity.file-type`.
 */
export async function openAt(place: Place, flags = 0): Promise<{ file: FileHandle; sizeBytes: number }> {
  const file = await openNoFollow(place, flags);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw notRegular(place);
    return { file, sizeBytes: status.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws PommgrError `integrity.missing`, `integrity.file-type`, or `integrity.size` beyond `maxBytes`. */
export async function readAt(place: Place, maxBytes: number): Promise<Buffer> {
  const { file, sizeBytes } = await openAt(place);
  try {
    if (sizeBytes > maxBytes) throw tooLong(place, maxBytes, sizeBytes);
    const data = Buffer.alloc(sizeBytes);
    let filled = 0;
    while (filled < sizeBytes) {
      const { bytesRead } = await file.read(data, filled, sizeBytes - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return data.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** Yields everything below a directory, sorted by name, a directory before its contents. */
export async function* walkAt(place: Place, { enter = () => true }: Pick<WalkOptions, 'enter'> = {}) {
  const pending: TreeEntry[] = await entriesOf(place, '');
  for (let entry = pending.shift(); entry !== undefined; entry = pending.shift()) {
    yield entry;
    if (entry.kind !== 'directory' || !enter(entry.path)) continue;
    const names = [...place.names, ...entry.path.split('/')];
    pending.unshift(...(await entriesOf({ top: place.top, names }, `${entry.path}/`)));
  }
}

async function entriesOf(place: Place, prefix: string): Promise<TreeEntry[]> {
  return await inDirectory(place, async (directory) => {
    const entries = await readdir(pathIn(directory), { withFileTypes: true });
    return entries
      .toSorted((a, b) => compareText(a.name, b.name))
      .map((entry) => {
        const path = `${prefix}${entry.name}`;
        if (entry.isDirectory()) return { path, kind: 'directory' };
        return { path, kind: entry.isFile() ? 'file' : 'other' };
      });
  });
}

async function openNoFollow(place: Place, flags: number): Promise<FileHandle> {
  try {
    return await atEntry(place, async (path) => {
      // The kind is checked before opening: opening a device may have effects, and is forbidden on media mounted nodev.
      if (!(await lstat(path)).isFile()) throw notRegular(place);
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags);
    });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') throw missing(place, error);
    if (code === 'ENXIO') throw notRegular(place);
    throw error;
  }
}

function missing(place: Place, cause: unknown): PommgrError {
  const path = pathOf(place);
  return new PommgrError('integrity.missing', `${path} is missing.`, {
    hints: ['Copy the medium again from the online side.'],
    details: { file: path },
    cause,
  });
}

function tooLong(place: Place, expected: number, found: number): PommgrError {
  const path = pathOf(place);
  return tooLarge(path, {
    ...{ expected, found },
    hints: ['pommgr never writes such a file. Take the medium from the online side again.'],
  });
}

function notRegular(place: Place): PommgrError {
  const path = pathOf(place);
  return new PommgrError('integrity.file-type', `${path} is not a regular file.`, {
    hints: ['Links and devices do not belong on a medium. Take the medium from the online side again.'],
    details: { file: path },
  });
}
