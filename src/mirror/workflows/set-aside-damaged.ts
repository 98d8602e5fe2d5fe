/**
 * Handles a damaged file of the pool, whoever finds it: it is set aside by name and reported, so that the next snapshot
 * fetches it again. Invariant: only a file that was read again and is still wrong is set aside.
 */
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { hashFileAll } from '../../core/adapters/file-hashing.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { setAsideText } from '../adapters/pool-fetcher.ts';
import { listPool, type PoolFile } from '../adapters/pool-files.ts';
import { inodeOf, setAsideNames } from '../adapters/set-aside.ts';
import { withPoolLock } from './locks.ts';

/**
 * `paths` are in the pool, or in snapshots, where they are links to files of the pool. If nothing can be set aside
 * (another run has the pool, a read-only file system), that is a warning: the caller reports the finding itself.
 */
export async function setAsideDamaged(
  paths: readonly string[],
  config: Config,
  context: Context,
): Promise<void> {
  const inodes = new Set<bigint>();
  for (const path of paths) {
    const inode = await inodeOf(path);
    if (inode !== undefined) inodes.add(inode);
  }
  if (inodes.size === 0) return;
  try {
    await withPoolLock(config, context, async () => {
      const { files } = await listPool(config.baseDir);
      for (const file of files.filter(({ inode }) => inodes.has(inode)))
        await setAsideIfWrong(file, config, context);
    });
  } catch (error) {
    const why = error instanceof PommgrError ? error.message : systemErrorCode(error);
    if (why === undefined || (error instanceof PommgrError && error.code !== 'state.locked')) throw error;
    context.progress.warn(`The damaged files stay in the pool: they could not be set aside (${why}).`);
  }
}

async function setAsideIfWrong(file: PoolFile, { baseDir }: Config, { progress }: Context): Promise<void> {
  const [first] = file.names;
  if (first === undefined) return;
  const hashers = openHasherPool(1);
  try {
    const [sha256, sha512] = await hashFileAll(first.path, ['sha256', 'sha512'], hashers);
    const found = { sha256, sha512 };
    const wrong = file.names.filter(({ algorithm, digest }) => found[algorithm] !== digest);
    const [named] = wrong;
    if (named !== undefined) progress.warn(setAsideText(named.path, await setAsideNames(baseDir, wrong)));
  } finally {
    await hashers.close();
  }
}
