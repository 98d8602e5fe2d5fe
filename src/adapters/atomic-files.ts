/**
 * Files that are wholly there or not at all: write beside, fsync, rename, fsync the directory.
 * Every change that a reader may see while it happens goes through here.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, link, lstat, mkdir, open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** The code of a system error, e.g. `ENOENT`; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Replaces a file atomically; `mode` is an octal permission, default 0644. The directory must exist. */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes `path` a symlink to `target`, in place of whatever file or link was there, by one rename. */
export async function symlinkAtomic(target: string, path: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await symlink(target, temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Renames within one file system and makes it last. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
}

/** Removes a file or a whole directory, if there, and makes that last. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await syncDirectory(dirname(path));
}

/** A hard link; one that is there already (the same inode or not) is left and reported as false. */
export async function linkOnce(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Makes the directory and its parents; new ones get `mode`, whatever the umask. */
export async function makeDirectory(path: string, mode = 0o755): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) await chmod(made, mode);
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
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Like pathExists, but a dangling symlink counts as there. */
export async function entryExists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Sorted names in a directory; none when it is not there. */
export async function listDirectory(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A name in the same directory that no reader takes for a real one. */
function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** A file that grows under a name of its own and gets its real one when it is whole. */
export interface GrowingFile {
  write(chunk: Uint8Array): Promise<void>;
  /** Closes it and renames it to `path`, in the same directory. Not synced. */
  finish(path: string): Promise<void>;
  /** Closes and removes it. */
  abandon(): Promise<void>;
}

/** Opens a growing file beside `path`. */
export async function openGrowingFile(path: string): Promise<GrowingFile> {
  const temporary = temporaryBeside(path);
  const file = await open(temporary, 'wx', 0o644);
  await file.chmod(0o644);
  return {
    async write(chunk) {
      for (let offset = 0; offset < chunk.length; ) {
        offset += (await file.write(chunk, offset)).bytesWritten;
      }
    },
    async finish(finalPath) {
      await file.close();
      await rename(temporary, finalPath);
    },
    async abandon() {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
}

/** Writes `text` at `atBytes`, cutting off what lies beyond, and makes it last. */
export async function appendDurably(path: string, text: string, options: { atBytes: number }): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT, 0o644);
  try {
    await file.truncate(options.atBytes);
    await file.write(Buffer.from(text), 0, null, options.atBytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}

/** Size of a file in bytes; 0 when it is not there. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
