/**
 * Runs apt's upgrade so that it outlives pommgr and the session: in a session of its own, and in a scope of systemd
 * where that runs. Invariant: a lock tells whether it still runs, and its exit code is in a file only once it has ended.
 */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { quietAptEnvironment } from '../../apt/adapters/apt-install.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import {
  entryExists,
  makeDirectory,
  pathExists,
  removeDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { hasProgram, run } from '../../core/adapters/process.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { upgradeRunFiles } from '../../store/adapters/upgrade-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { lockDescriptor, renderRunScript } from '../domain/run-script.ts';

export interface UpgradeRun {
  aptRoot: AptRoot;
  store: Store;
  /** Path of the log on this machine; what is in it stays. */
  log: string;
  dpkgOptions: readonly string[];
  /** Gets what the upgrade writes, as it comes. */
  onOutput: (text: string) => void;
  signal: AbortSignal;
}

/** A release change may take hours on a slow disk. */
const longestSeconds = 7 * 24 * 3600;
const lockedExitCode = 75;

/**
 * Starts the upgrade and waits for its end. An abort only ends the waiting. Returns its exit code; null where it was
 * killed. @throws PommgrError `state.locked` while another one runs.
 */
export async function runUpgrade(about: UpgradeRun): Promise<number | null> {
  const { store, log, signal, onOutput } = about;
  const files = upgradeRunFiles(store);
  await makeDirectory(files.directory);
  await makeDirectory(dirname(log));
  await refuseWhileRunning(store);
  await removeDurably(files.exitCode);
  await writeFileAtomic(files.script, scriptOf(about), 0o700);
  await (await open(log, 'a', 0o640)).close();
  const start = [
    `exec ${lockDescriptor}>"$1"`,
    `flock --nonblock ${lockDescriptor} || exit ${lockedExitCode}`,
    'log=$2; shift 2',
    '"$@" </dev/null >>"$log" 2>&1 &',
  ].join('\n');
  const command = ['setsid', ...(await scopeFor(about.aptRoot)), 'sh', files.script];
  const follower = await followFile(log, onOutput);
  try {
    const { exitCode } = await run('sh', ['-c', start, 'sh', files.lock, log, ...command], {
      accept: [0, lockedExitCode],
    });
    if (exitCode === lockedExitCode) throw running();
    await run('flock', ['--shared', files.lock, 'true'], { signal, idleSeconds: longestSeconds });
  } finally {
    await follower.stop();
  }
  return (await entryExists(files.exitCode)) ? Number((await readPlainText(files.exitCode)).trim()) : null;
}

function scriptOf({ aptRoot, store, dpkgOptions }: UpgradeRun): string {
  return renderRunScript({
    inside: aptRoot.kind === 'chroot' ? ['chroot', aptRoot.root] : [],
    exitCode: upgradeRunFiles(store).exitCode,
    environment: Object.entries(quietAptEnvironment(aptRoot)),
    dpkgOptions,
  });
}

/** Words that start a program in a scope of its own, which the end of a login session does not touch. */
async function scopeFor({ kind }: AptRoot): Promise<string[]> {
  const isBooted = kind === 'host' && (await pathExists('/run/systemd/system'));
  if (!isBooted || !(await hasProgram('systemd-run'))) return [];
  return ['systemd-run', '--scope', '--quiet', '--collect', '--description=pommgr upgrade-release'];
}

/** Returns whether an upgrade that pommgr started still runs. */
export async function isUpgradeRunning(store: Store): Promise<boolean> {
  const { lock } = upgradeRunFiles(store);
  if (!(await entryExists(lock))) return false;
  const command = ['--nonblock', '--shared', '--conflict-exit-code', String(lockedExitCode), lock, 'true'];
  return (await run('flock', command, { accept: [0, lockedExitCode] })).exitCode === lockedExitCode;
}

/** @throws PommgrError `state.locked` while an upgrade that pommgr started runs. */
export async function refuseWhileRunning(store: Store): Promise<void> {
  if (await isUpgradeRunning(store)) throw running();
}

function running(): PommgrError {
  return new PommgrError('state.locked', 'An upgrade of this host is running.', {
    hints: ['"pommgr upgrade-release status" names its log. Wait until it has ended.'],
  });
}

/** Returns the last lines of a log. */
export async function lastLines(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, 4096));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-12).join('\n');
  } finally {
    await file.close();
  }
}

const lookEveryMs = 500;

/** Hands out what is appended to a file from now on. */
async function followFile(
  path: string,
  onText: (text: string) => void,
): Promise<{ stop: () => Promise<void> }> {
  const file = await open(path, 'r');
  let position = (await file.stat()).size;
  let reading = Promise.resolve();
  const read = async (): Promise<void> => {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      onText(buffer.toString('utf8', 0, bytesRead));
    }
  };
  const timer = setInterval(() => (reading = reading.then(read)), lookEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await reading.then(read);
      await file.close();
    },
  };
}
