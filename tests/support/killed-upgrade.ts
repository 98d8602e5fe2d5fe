/** Runs the program in namespaces of its own, so that one kill ends all that it started, as a power failure does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { listDirectory, pathExists } from '../../src/core/adapters/atomic-files.ts';
import { compareText } from '../../src/core/domain/canonical-json.ts';
import { fastProgram } from './fast-program.ts';

export interface UpgradeEnd {
  /** Null where it was killed. */
  exitCode: number | null;
  stderr: string;
}

/**
 * Without a network. Kills everything once dpkg has done `afterSteps` steps, counted in the log, or once a file is there
 * (a path below the root), or after a time; with none of them it may end.
 */
export async function runProgram(
  root: string,
  args: readonly string[],
  { afterSteps, onceThere, afterMs }: { afterSteps?: number; onceThere?: string; afterMs?: number } = {},
): Promise<UpgradeEnd> {
  const before = (await logText(root)).length;
  const command = ['--net', '--pid', '--fork', '--kill-child=KILL', '--', process.execPath];
  const child = spawn('unshare', [...command, await fastProgram(), ...args, '--root', root, '--quiet'], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const started = performance.now();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const closed = once(child, 'close');
  const isReached = async (): Promise<boolean> => {
    if (onceThere !== undefined) return pathExists(join(root, onceThere));
    if (afterMs !== undefined) return performance.now() - started >= afterMs;
    const steps = (await logText(root)).slice(before).match(/^(?:Unpacking|Setting up|Removing) /gm) ?? [];
    return steps.length >= (afterSteps ?? 0);
  };
  const mayEnd = [afterSteps, onceThere, afterMs].every((one) => one === undefined);
  while (!mayEnd && child.exitCode === null && child.signalCode === null) {
    if (await isReached()) child.kill('SIGKILL');
    await pause(20);
  }
  await closed;
  return { exitCode: child.exitCode, stderr };
}

/** Everything that upgrades have written, in order. */
async function logText(root: string): Promise<string> {
  const directory = join(root, 'var/log/pommgr');
  const names = (await listDirectory(directory)).toSorted(compareText);
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.join('');
}
