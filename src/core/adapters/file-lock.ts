/**
 * Takes locks that the kernel frees when their holder dies: flock(1), held by a child on a pipe from us. POM takes the
 * same kind of lock on its pool.
 */
import { spawn } from 'node:child_process';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { PommgrError } from '../domain/errors.ts';
import { makeDirectory } from './atomic-files.ts';
import { operate } from './fault-points.ts';

export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes an exclusive lock on `path`, which is created if missing, and waits at most `waitSeconds`.
 * @throws PommgrError `state.locked` when another run holds it; `what` names the thing in the message.
 */
export async function lockFile(path: string, what: string, waitSeconds = 0): Promise<FileLock> {
  await makeDirectory(dirname(path));
  return operate(`lock ${path}`, () => takeLock(path, what, waitSeconds));
}

async function takeLock(path: string, what: string, waitSeconds: number): Promise<FileLock> {
  await requireLockable(path);
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
  // The child has a process group of its own: a signal that ends us must end the wait for the lock, but must not
  // release a lock that is held.
  const stopWaiting = (): void => void child.kill();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stopWaiting);
  try {
    outcome = await Promise.race([started, ended]);
  } catch (error) {
    throw new PommgrError('tool.missing', 'The program flock was not found.', {
      hints: ['Install the package util-linux.'],
      cause: error,
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stopWaiting);
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

/** flock(1) would block on opening a FIFO, before its own time-out starts. */
async function requireLockable(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || found.isFile()) return;
  throw new PommgrError('state.lock', `The lock ${path} is not a regular file.`, {
    hints: ['Find out who put it there, and remove it.'],
    details: { lock: path },
  });
}

/**
 * A child that holds something until its standard input ends. The kernel closes that input when we die, however we die.
 */
export interface Holder {
  /** Lines that the child writes. */
  lines: AsyncIterable<string>;
  /** Kills the child. @throws the system's error where the program does not exist. */
  end(): Promise<void>;
}

/** Starts a holder in a process group of its own, so that a terminal's Ctrl-C does not reach it. */
export function startHolder(program: string, args: readonly string[]): Holder {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  // `end` awaits this promise; until then its rejection must not count as unhandled.
  ended.catch(() => {});
  return {
    lines: createInterface({ input: child.stdout }),
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs `work` under the lock and always releases it. */
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
