/**
 * Changes entries at a place of a medium or a share. Files are complete or absent, as atomic-files.ts makes them on the
 * machine's own file systems. Invariant: no link is followed. A file's bytes are always synced. Modes and directory
 * syncs are requested, but a file system that does not support them (FAT, some FUSE drivers) is not refused.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { beside, nameOf, parentOf, pathOf, topPlace, type Place } from '../domain/place.ts';
import { isAbsent, systemErrorCode, undoAndThrow } from './system-error.ts';
import { atEntry, inDirectory, openChild, openDirectory, pathIn } from './directory-handles.ts';
import { operate } from './fault-points.ts';
import { openPlainFile } from './plain-file.ts';
import { mountOf } from './mounts.ts';
import { namesAt, readAt, sizeAt } from './files-at.ts';

/** Errors of a file system that does not support the operation at all: chmod(2), fsync(2). */
const unsupportedCodes = ['ENOSYS', 'EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'EBADF', 'EACCES'];

const copyBytes = 1024 * 1024;

/** Replaces a file atomically. The directory must exist. */
export async function writeAt(place: Place, data: string | Uint8Array): Promise<void> {
  const name = `.${nameOf(place)}.${randomBytes(6).toString('hex')}.tmp`;
  const temporary = pathOf(beside(place, name));
  await atEntry(place, async (path, directory) => {
    try {
      await operate(`write ${temporary}`, () => writeNew(pathIn(directory, name), data));
      await operate(`rename to ${pathOf(place)}`, () => rename(pathIn(directory, name), path));
    } catch (error) {
      await undoAndThrow(error, () => unlinkIfThere(pathIn(directory, name), temporary));
    }
    await syncHandle(directory);
  });
}

/** Works like `writeAt`, unless a file with the same content exists. */
export async function writeIfChangedAt(place: Place, data: Buffer): Promise<void> {
  if ((await sizeAt(place)) === data.length && (await readAt(place, data.length)).equals(data)) return;
  await writeAt(place, data);
}

async function writeNew(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await chmodIfSupported(file, 0o644);
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Creates a new file and opens it for writing; the caller writes, syncs and closes it. */
export async function createAt(place: Place): Promise<FileHandle> {
  return await atEntry(place, async (path) => {
    const file = await operate(`create ${pathOf(place)}`, () => open(path, 'wx', 0o644));
    try {
      await chmodIfSupported(file, 0o644);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}

/** Copies a file of this machine to a new one and syncs that. */
export async function copyAt(from: string, to: Place): Promise<void> {
  const { file: source } = await openPlainFile(from);
  try {
    const copy = await createAt(to);
    try {
      const buffer = Buffer.allocUnsafe(copyBytes);
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        for (let offset = 0; offset < bytesRead; ) {
          offset += (await copy.write(buffer, offset, bytesRead - offset)).bytesWritten;
        }
      }
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

/** Creates the directory and its missing parents; the top must exist. */
export async function makeDirectoryAt(place: Place): Promise<void> {
  for (let depth = 1; depth <= place.names.length; depth += 1) {
    const step = { top: place.top, names: place.names.slice(0, depth) };
    const isNew = await atEntry(step, async (path) => {
      try {
        await lstat(path);
        return false;
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
      try {
        await operate(`mkdir ${pathOf(step)}`, () => mkdir(path, 0o755));
        return true;
      } catch (error) {
        // Another run may have created it.
        if (systemErrorCode(error) === 'EEXIST') return false;
        throw error;
      }
    });
    // Refuses anything there that is not a directory.
    const directory = await openDirectory(step);
    try {
      if (isNew) await chmodIfSupported(directory, 0o755);
    } finally {
      await directory.close();
    }
  }
}

/** Renames within one file system; the rename is durable. */
export async function renameAt(from: Place, to: Place): Promise<void> {
  await atEntry(from, async (path, source) => {
    await atEntry(to, async (target, directory) => {
      await operate(`rename ${pathOf(from)} to ${pathOf(to)}`, () => rename(path, target));
      await syncHandle(directory);
    });
    await syncHandle(source);
  });
}

/** Removes a file, a link or a whole directory if it exists; the removal is durable. */
export async function removeAt(place: Place): Promise<void> {
  try {
    await inDirectory(parentOf(place), async (directory) => {
      await removeEntry(directory, nameOf(place), pathOf(place));
      await syncHandle(directory);
    });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

async function removeEntry(directory: FileHandle, name: string, told: string): Promise<void> {
  const path = pathIn(directory, name);
  if (!(await lstat(path)).isDirectory()) {
    await operate(`unlink ${told}`, () => unlink(path));
    return;
  }
  const inner = await openChild(directory, name);
  try {
    for (const entry of await readdir(pathIn(inner))) await removeEntry(inner, entry, `${told}/${entry}`);
  } finally {
    await inner.close();
  }
  await operate(`rmdir ${told}`, () => rmdir(path));
}

/** Removes temporary files that killed writes left in a directory, if `isOurs` recognises their real name. */
export async function removeTemporariesAt(place: Place, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await namesAt(place)) {
    const real = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
    if (real !== undefined && isOurs(real)) await removeAt({ top: place.top, names: [...place.names, name] });
  }
}

/** Makes changes in a directory durable, where its file system supports that. */
export async function syncAt(place: Place): Promise<void> {
  await inDirectory(place, syncHandle);
}

/** Returns whether the file system of a medium can sync directories: fsync(2). */
export async function syncsDirectories(top: string): Promise<boolean> {
  return await inDirectory(topPlace(top), (directory) => isSupported(() => directory.sync()));
}

/** Drivers that lose the contents of a directory when it is renamed (tested with fusefat 0.1a). */
const withoutDirectoryRename = ['fuse.fusefat'];

/** Returns whether a directory of the medium keeps its contents when it is renamed. */
export async function renamesDirectories(top: string): Promise<boolean> {
  return !withoutDirectoryRename.includes((await mountOf(top))?.type ?? '');
}

async function syncHandle(directory: FileHandle): Promise<void> {
  await isSupported(() => directory.sync());
}

async function chmodIfSupported(file: FileHandle, mode: number): Promise<void> {
  await isSupported(() => file.chmod(mode));
}

async function isSupported(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!unsupportedCodes.includes(systemErrorCode(error) ?? '')) throw error;
    return false;
  }
}

async function unlinkIfThere(path: string, told: string): Promise<void> {
  try {
    await operate(`unlink ${told}`, () => unlink(path));
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
