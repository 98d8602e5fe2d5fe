/** Lists unfinished downloads: `<baseDir>/.pommgr/partial/*`, kept so that the next run can continue them. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory, removeFile } from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';

export interface PartialDownload {
  path: string;
  sizeBytes: number;
  modifiedMs: number;
}

/** Sorted by path. */
export async function listPartialDownloads(baseDir: string): Promise<PartialDownload[]> {
  const directory = join(baseDir, '.pommgr', 'partial');
  const found: PartialDownload[] = [];
  for (const name of await listDirectory(directory)) {
    const path = join(directory, name);
    try {
      const status = await lstat(path);
      if (status.isFile()) found.push({ path, sizeBytes: status.size, modifiedMs: status.mtimeMs });
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return found;
}

export async function removePartialDownload({ path }: PartialDownload): Promise<void> {
  await removeFile(path);
}
