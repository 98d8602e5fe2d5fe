/** Reads the files of a finished snapshot, which another program may have made. */
import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { hasNoPath, ifPresent } from '../../core/adapters/system-error.ts';

export interface SnapshotFile {
  sizeBytes: number;
  /** Time of the last change of its content. */
  modifiedMs: number;
}

/**
 * Returns the paths of all files below `<directory>/dists`, relative to `directory`, sorted; none where it does not
 * exist.
 * @throws PommgrError `integrity.extra` for a symbolic link or another thing that is no file.
 */
export async function listIndexFiles(directory: string): Promise<string[]> {
  const entries = await readBelow(join(directory, 'dists'));
  const files = entries.filter((entry) => !entry.isDirectory());
  const strange = files.find((entry) => !entry.isFile());
  if (strange !== undefined) throw notAFile(join(strange.parentPath, strange.name));
  return files.map((entry) => relative(directory, join(entry.parentPath, entry.name))).toSorted(compareText);
}

async function readBelow(path: string) {
  return (await ifPresent(readdir(path, { recursive: true, withFileTypes: true }))) ?? [];
}

/**
 * Returns the facts of a file; undefined where it does not exist.
 * @throws PommgrError `integrity.extra` for what is no file.
 */
export async function snapshotFile(path: string): Promise<SnapshotFile | undefined> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) throw notAFile(path);
    return { sizeBytes: found.size, modifiedMs: found.mtimeMs };
  } catch (error) {
    if (hasNoPath(error)) return undefined;
    throw error;
  }
}

function notAFile(path: string): PommgrError {
  return new PommgrError('integrity.extra', `${path} is no regular file.`, {
    hints: ['Proxmox Offline Mirror makes none but files: look who put it there, and remove it.'],
    details: { file: path },
  });
}
