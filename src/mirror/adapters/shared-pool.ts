/**
 * Opens a pool that other programs use too: its lock is held in short spans, while files are added but not while they
 * are fetched. POM gives up after 30 seconds without the lock.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { lockFile, type FileLock } from '../../core/adapters/file-lock.ts';
import type { Pool } from './pool.ts';

/** A span ends after this time, so that others get the lock. */
const longestSpanMs = 2000;
/** A span ends earlier when nothing was added for this time. */
const idleMs = 100;

export interface SharedPool extends Pool {
  /** Frees the lock. */
  close(): Promise<void>;
}

interface Span {
  lock: Promise<FileLock>;
  /** After this moment the span takes no more users; Infinity until the lock is held. */
  endMs: number;
  users: number;
  /** Lets it end. */
  close: () => void;
  over: Promise<void>;
}

/** @throws PommgrError, from what changes the pool: `state.locked` when another run holds the lock for too long. */
export function sharePool(pool: Pool, options: { waitSeconds: number; context: Context }): SharedPool {
  let current: Span | undefined;
  let lastOver: Promise<void> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;

  async function underLock<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(idle);
    if (current !== undefined && performance.now() >= current.endMs) retire();
    current ??= beginSpan();
    const own = current;
    own.users += 1;
    try {
      await own.lock;
      return await work();
    } finally {
      own.users -= 1;
      if (own.users === 0 && own !== current) own.close();
      else if (own.users === 0) idle = setTimeout(retire, idleMs);
    }
  }

  function beginSpan(): Span {
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const lock = lastOver.then(() => lockPool(pool, options));
    const span: Span = { lock, endMs: Infinity, users: 0, close, over: endWith(closed) };
    async function endWith(told: Promise<void>): Promise<void> {
      // A failure to get the lock is reported to those who asked for it.
      const held = await lock.catch(() => undefined);
      span.endMs = performance.now() + longestSpanMs;
      await told;
      await held?.release();
    }
    lastOver = span.over;
    return span;
  }

  /** The current span takes no more users, and ends with its last. */
  function retire(): void {
    clearTimeout(idle);
    if (current?.users === 0) current.close();
    current = undefined;
  }

  return {
    ...pool,
    namesFor: async () => undefined,
    addFile: (file) => underLock(() => pool.addFile(file)),
    setAside: (sha256) => underLock(() => pool.setAside(sha256)),
    nameBySha512: (sha256, sha512) => underLock(() => pool.nameBySha512(sha256, sha512)),
    addData: (data, path) => underLock(() => pool.addData(data, path)),
    linkInto: (fact, path) => underLock(() => pool.linkInto(fact, path)),
    async close() {
      retire();
      await lastOver;
    },
  };
}

/**
 * Takes the pool's lock, and reports a long wait.
 * @throws PommgrError `state.locked`
 */
export async function lockPool(
  pool: Pool,
  { waitSeconds, context }: { waitSeconds: number; context: Context },
): Promise<FileLock> {
  const what = `the pool in ${pool.baseDir}`;
  try {
    return await lockFile(pool.lockPath, what);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'state.locked' || waitSeconds === 0) throw error;
    context.progress.note(`Another run is at work on ${what}; waiting up to ${waitSeconds} seconds.`);
    return await lockFile(pool.lockPath, what, waitSeconds);
  }
}
