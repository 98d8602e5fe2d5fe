/**
 * Locks that the kernel frees when their holder dies: flock(1) held by a child on a pipe from us.
 * POM takes the same kind of lock on its pool.
 */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { PommgrError } from '../domain/errors.ts';
import { makeDirectory } from './atomic-files.ts';
import { operate } from './fault-points.ts';

export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes an exclusive lock on `path`, which is made when missing, waiting at most `waitSeconds`.
 * @throws PommgrError `state.locked` when another run holds it; `what` names the thing in the message.
 */
export async function lockFile(path: string, what: string, waitSeconds = 0): Promise<FileLock> {
  await makeDirectory(dirname(path));
  return operate(`lock ${path}`, () => takeLock(path, what, waitSeconds));
}

async function takeLock(path: string, what: string, waitSeconds: number): Promise<FileLock> {
  const child = spawn(
    'flock',
    [
      '--exclusive',
      '--wait',
      String(waitSeconds),
      '--conflict-exit-code',
      '75',
      path,
      'sh',
      '-c',
      'echo locked; cat >/dev/null',
    ],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const started = new Promise<'locked'>((resolve) => child.stdout.once('data', () => resolve('locked')));
  let outcome: number | 'locked' | null;
  try {
    outcome = await Promise.race([started, ended]);
  } catch (error) {
    throw new PommgrError('tool.missing', 'The program flock was not found.', {
      hints: ['Install the package util-linux.'],
      cause: error,
    });
  }
  if (outcome === 75) {
    throw new PommgrError('state.locked', `Another run is at work on ${what} (lock ${path}).`, {
      hints: ['Wait until it has ended, then run the same command again.'],
      details: { lock: path },
    });
  }
  if (outcome !== 'locked')
    throw new PommgrError('state.lock', `The lock ${path} could not be taken (flock ended with ${outcome}).`);
  return {
    async release() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Runs `work` under the lock and frees it whatever happens. */
export async function withLock<T>(
  path: string,
  what: string,
  work: () => Promise<T>,
  waitSeconds = 0,
): Promise<T> {
  const lock = await lockFile(path, what, waitSeconds);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
