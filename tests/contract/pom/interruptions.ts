/** Ways to run a command that a shell line cannot show: ended in the middle, on a full or read-only file system. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../../src/core/adapters/process.ts';
import type { Site } from './site.ts';

type Act = (site: Site, command: string) => Promise<RunResult>;

/** When to end a run: at a line of its output, or when it has copied so much of a file to a medium. */
interface Ending {
  line?: RegExp;
  copying?: { medium: string; sizeBytes: number };
  signal: NodeJS.Signals;
}

/** Runs the command, sends it the signal at its moment, and gives the exit code that a shell would. */
export async function runUntil(
  site: Site,
  command: string,
  { line, copying, signal }: Ending,
): Promise<RunResult> {
  const words = command.replace(/ +#.*$/, '').split(' ');
  const child = spawn(words[0] ?? '', words.slice(1), {
    cwd: site.root,
    env: { ...process.env, ...site.environment() },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (line?.test(stdout) === true) child.kill(signal);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = once(child, 'close');
  while (copying !== undefined && child.exitCode === null && child.signalCode === null) {
    if (isCopying(site.path(copying.medium), copying.sizeBytes)) child.kill(signal);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  const number = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[String(child.signalCode)] ?? 0;
  return { stdout, stderr, exitCode: child.exitCode ?? 128 + number };
}

/** Whether a medium's pool has a temporary file of some size; quick, because the file is there for a moment. */
function isCopying(medium: string, sizeBytes: number): boolean {
  try {
    const pool = readdirSync(medium).find((name) => name.startsWith('.pool_')) ?? '';
    const directory = join(medium, pool, 'sha512');
    const temporary = readdirSync(directory).filter((name) => name.includes('.tmp_'));
    return temporary.some((name) => statSync(join(directory, name)).size >= sizeBytes);
  } catch {
    // Not there yet, or not any more.
    return false;
  }
}

/**
 * Runs the command in a mount namespace where a directory of the site is read-only, or a small file system after a
 * shell command in it.
 */
export function withMount(directory: string, how: 'read-only' | { sizeKib: number; prepare: string }): Act {
  return async (site, command) => {
    const path = site.path(directory);
    const mounts =
      how === 'read-only'
        ? `mount --bind ${path} ${path} && mount -o remount,ro,bind ${path}`
        : `mount -t tmpfs -o size=${how.sizeKib}k tmpfs ${path} && cd ${path} && ${how.prepare} && cd ${site.root}`;
    return await inMountNamespace(site, `${mounts} && ${command}`);
  };
}

/** Runs a shell script that may mount; nothing of it is seen outside. */
export async function inMountNamespace(site: Site, script: string): Promise<RunResult> {
  const asRoot = process.getuid?.() === 0 ? '' : '--map-root-user';
  return await site.shell(`unshare --mount ${asRoot} bash -c '${script.replaceAll("'", `'\\''`)}'`);
}
