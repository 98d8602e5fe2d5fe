/** Takes the locks of upkeep: the state's, and then POM's own on the pool. */
import { join } from 'node:path';
import { withLock } from '../../core/adapters/file-lock.ts';
import { openPool } from '../adapters/pool.ts';
import { lockPool } from '../adapters/shared-pool.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';

/** @throws PommgrError `state.locked` when another run of pommgr does not end within `pom.lockWaitSeconds`. */
export async function withStateLock<T>(config: Config, work: () => Promise<T>): Promise<T> {
  const { stateDir, pom } = config;
  return await withLock(join(stateDir, '.lock'), `the baselines in ${stateDir}`, work, pom.lockWaitSeconds);
}

/** @throws PommgrError `state.locked` when whoever holds the pool's lock keeps it for longer than that. */
export async function withPoolLock<T>(config: Config, context: Context, work: () => Promise<T>): Promise<T> {
  const waitSeconds = config.pom.lockWaitSeconds;
  const lock = await lockPool(openPool(config.baseDir), { waitSeconds, context });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
