/**
 * Writes files that are complete or absent: write beside, fsync, rename, fsync the directory. Every change that a
 * concurrent reader may see goes through here, each step as an operation that a test can kill or fail.
 */
import { randomBytes } from 'node:crypto';
import { constants, linkSync, mkdirSync, type Stats } from 'node:fs';
import {
  access,
  chmod,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { operate } from './fault-points.ts';
import { hasNoPath, ifPresent, isAbsent, systemErrorCode } from './system-error.ts';
import { ownUmask } from './own-umask.ts';

/** Replaces a file atomically; `mode` is an octal permission, default 0644. The directory must exist. */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await writeFileWithOwner(path, { data, mode });
}

/** Works like writeFileAtomic. Where an owner is named, the file has it from the beginning. */
export async function writeFileWithOwner(
  path: string,
  file: { data: string | Uint8Array; mode: number; owner?: { uid: number; gid: number } },
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await operate(`write ${temporary}`, () => writeNew(temporary, file));
    await operate(`rename to ${path}`, () => rename(temporary, path));
  } catch (error) {
    await removeFile(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeNew(
  path: string,
  { data, mode, owner }: Parameters<typeof writeFileWithOwner>[1],
): Promise<void> {
  const file = await open(path, 'wx', owner === undefined ? mode : 0o600);
  try {
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Creates an empty file unless one exists. */
export async function makeEmptyFile(path: string): Promise<void> {
  try {
    await operate(`write ${path}`, () => writeNew(path, { data: '', mode: 0o644 }));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

/** Makes `path` a symlink to `target`. One rename replaces whatever file or link was there. */
export async function symlinkAtomic(target: string, path: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await operate(`symlink ${temporary}`, () => symlink(target, temporary));
    await operate(`rename to ${path}`, () => rename(temporary, path));
  } catch (error) {
    await removeFile(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Renames within one file system; the rename is durable. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await operate(`rename ${from} to ${to}`, () => rename(from, to));
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
}

/** Removes a file or a whole directory if it exists; the removal is durable. */
export async function removeDurably(path: string): Promise<void> {
  await removeEntry(path);
  await syncDirectory(dirname(path));
}

/** Removes a file or link if it exists. Not synced. */
export async function removeFile(path: string): Promise<void> {
  try {
    await operate(`unlink ${path}`, () => unlink(path));
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

async function removeEntry(path: string): Promise<void> {
  const status = await lstatIfThere(path);
  if (status === undefined) return;
  if (!status.isDirectory()) {
    await removeFile(path);
    return;
  }
  for (const name of await readdir(path)) await removeEntry(join(path, name));
  await operate(`rmdir ${path}`, () => rmdir(path));
}

/** Removes an empty directory; a directory that is not empty or is a mount point stays. */
export async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await operate(`rmdir ${path}`, () => rmdir(path));
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

/** Removes temporary files that killed writes left in a directory, if `isOurs` recognises their real name. */
export async function removeTemporaries(directory: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await listDirectory(directory)) {
    const real = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
    if (real !== undefined && isOurs(real)) await removeDurably(join(directory, name));
  }
}

/** Creates a hard link; if the path exists (the same inode or not), leaves it and returns false. */
export async function linkOnce(existing: string, path: string): Promise<boolean> {
  try {
    // Synchronous: a hop through a thread would cost ten times as much.
    await operate(`link ${path}`, async () => linkSync(existing, path));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Creates the directory and its parents; new ones get `mode`, whatever the umask. It creates them one by one, because
 * Node's recursive mkdir reports ENOENT for a read-only file system, and never ends in /proc.
 */
export async function makeDirectory(path: string, mode = 0o755): Promise<void> {
  if (await isDirectory(path)) return;
  await makeDirectory(dirname(resolve(path)), mode);
  try {
    await operate(`mkdir ${path}`, () => mkdir(path, mode));
  } catch (error) {
    // Another run may have created it.
    if (systemErrorCode(error) === 'EEXIST' && (await isDirectory(path))) return;
    throw error;
  }
  await chmod(path, mode);
}

/** Works like `makeDirectory` where the parent is known to exist. */
export async function makeDirectoryIn(path: string, mode = 0o755): Promise<void> {
  try {
    await operate(`mkdir ${path}`, async () => mkdirSync(path, mode));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    await makeDirectory(path, mode);
    return;
  }
  if ((ownUmask() & mode) !== 0) await chmod(path, mode);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export async function pathExists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasNoPath(error)) return false;
    throw error;
  }
}

/** Works like pathExists, but a dangling symlink counts as existing. */
export async function entryExists(path: string): Promise<boolean> {
  return (await lstatIfThere(path)) !== undefined;
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  return await ifPresent(lstat(path), hasNoPath);
}

/** Returns the sorted names in a directory; none when the directory does not exist. */
export async function listDirectory(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The random digits are chosen once for this process: new ones for each file would cost as much as its rename. */
const ownPart = randomBytes(4).toString('hex');
let temporaryCount = 0;

/** Returns a name in the same directory that no reader mistakes for a real one. */
export function temporaryBeside(path: string): string {
  temporaryCount += 1;
  const number = temporaryCount.toString(16).padStart(4, '0').slice(-4);
  return join(dirname(path), `.${basename(path)}.${ownPart}${number}.tmp`);
}

/** Returns the size of a file in bytes; 0 when it does not exist. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}
