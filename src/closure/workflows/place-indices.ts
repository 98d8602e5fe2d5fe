/**
 * Places the indices of a mirror where apt can read them before there is a snapshot: copies of the files in the pool.
 */
import { copyPlainFile } from '../../core/adapters/plain-file.ts';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pool } from '../../mirror/adapters/pool.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import type { IndexedMirror } from '../../mirror/workflows/indexed-mirror.ts';

/**
 * Creates `directory` with the mirror's indices. Links are not used: apt follows one, and then derives the compression
 * from the name of its target, which in the pool is a digest.
 */
export async function placeIndices(mirror: IndexedMirror, pool: Pool, directory: string): Promise<void> {
  for (const { path, data } of mirror.verified.releaseFiles) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), data);
  }
  for (const { planned, form } of mirror.indices) {
    if (planned.kind !== 'packages' || form === undefined) continue;
    const copy = join(directory, suiteDirectory(mirror.mirror.suite), form.path);
    await mkdir(dirname(copy), { recursive: true });
    await copyPlainFile(pool.pathOf(form.sha256), copy);
  }
}
