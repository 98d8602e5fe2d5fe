/**
 * Kills commands at random times, alone or with their children, several times in a row, runs them again, and compares
 * whole trees with those of an undisturbed run. A seed decides the times, so that a failure can be repeated.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../src/core/adapters/process.ts';
import { fastProgram } from './fast-program.ts';
import { scratchDirectory } from './scratch.ts';
import { treeOf } from './tree.ts';

export interface KillSubject {
  name: string;
  /** Arguments of `pommgr`. */
  command: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
  /** Everything that the command may change; brought back before each row of kills. */
  directory: string;
  /** Below it: what is compared by content when it is brought back; the rest by time and size. Default: all. */
  comparedByContent?: readonly string[];
  /** What may differ, for it tells of the interruption itself, or is a cache. */
  mayDiffer?: RegExp;
  /** Exit codes of the next run, besides 0: of a command that had just ended when it was killed, and is no more to do. */
  nextMayExit?: readonly number[];
}

interface Prepared extends KillSubject {
  copy: string;
  expected: string[];
  milliseconds: number;
}

/** A note of when and what was checked last, which the next check writes anew. */
const note = / state\/last-check\.json /;

/** What a killed and repeated command leaves in the tree of `subject`. */
async function treeAfter({ directory, mayDiffer }: KillSubject): Promise<string[]> {
  return (await treeOf(directory)).filter((line) => mayDiffer?.test(line) !== true && !note.test(line));
}

async function prepare(subject: KillSubject): Promise<Prepared> {
  const copy = join(await scratchDirectory(), 'copy');
  await run('cp', ['-a', '--', subject.directory, copy]);
  const begun = performance.now();
  await runOnce(subject);
  const milliseconds = performance.now() - begun;
  return { ...subject, copy, expected: await treeAfter(subject), milliseconds };
}

async function putBack({ copy, directory, comparedByContent }: Prepared): Promise<void> {
  if (comparedByContent === undefined) {
    await run('rsync', ['-aHc', '--delete', '--', `${copy}/`, `${directory}/`]);
    return;
  }
  await run('rsync', ['-aH', '--delete', '--', `${copy}/`, `${directory}/`]);
  for (const path of comparedByContent) {
    await run('rsync', ['-aHc', '--delete', '--', `${join(copy, path)}/`, `${join(directory, path)}/`]);
  }
}

interface RunOnceOptions {
  killAfterMs?: number;
  withChildren?: boolean;
  accept?: readonly number[];
}

/** Returns whether it was killed. @throws Error with what it said, when it did not end well. */
async function runOnce(
  { command, cwd, env }: KillSubject,
  { killAfterMs, withChildren = false, accept = [] }: RunOnceOptions = {},
): Promise<boolean> {
  const child = spawn(process.execPath, [await fastProgram(), ...command, '--quiet'], {
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      ...process.env,
      SOURCE_DATE_EPOCH: '1748822400',
      NODE_ENV: 'production',
      NO_COLOR: '1',
      TMPDIR: await scratchDirectory(),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const timer =
    killAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          if (withChildren && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
          else child.kill('SIGKILL');
        }, killAfterMs);
  const code = await ended;
  clearTimeout(timer);
  child.stderr.destroy();
  if (code === null) {
    // Whoever runs it again is a person: what has lost its parent has ended by then.
    await pause(300);
    return true;
  }
  if (code === 0 || accept.includes(code)) return false;
  throw new Error(`exit code ${code}: ${said}`);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface KillFindings {
  /** Runs that were killed; those that ended before do not count. */
  kills: number;
  /** What was wrong. */
  complaints: string[];
}

/** At most so many runs in a row are killed: each but the first is at work on what was left. */
const longestRow = 4;

/** Kills the command `kills` times. */
export async function killAtRandom(
  subject: KillSubject,
  { kills, seed }: { kills: number; seed: number },
): Promise<KillFindings> {
  const prepared = await prepare(subject);
  const random = randomNumbers(seed);
  const found: KillFindings = { kills: 0, complaints: [] };
  for (let row = 0; found.kills < kills && row < 4 * kills; row += 1) {
    const times: string[] = [];
    const accept = prepared.nextMayExit ?? [];
    await putBack(prepared);
    try {
      while (times.length < longestRow && found.kills < kills) {
        const afterMs = random() * prepared.milliseconds;
        const withChildren = random() < 0.5;
        times.push(`${afterMs.toFixed(0)}${withChildren ? ' with children' : ''}`);
        // The first must end with 0, the next find nothing left to do, perhaps.
        const options = { killAfterMs: afterMs, withChildren, accept: times.length === 1 ? [] : accept };
        if (!(await runOnce(prepared, options))) break;
        found.kills += 1;
      }
      await runOnce(prepared, { accept });
      const tree = await treeAfter(prepared);
      const differences = [
        ...prepared.expected.filter((line) => !tree.includes(line)).map((line) => `  - ${line}`),
        ...tree.filter((line) => !prepared.expected.includes(line)).map((line) => `  + ${line}`),
      ];
      if (differences.length > 0) throw new Error(differences.join('\n'));
    } catch (error) {
      const where = `${subject.name}, seed ${seed}, row ${row}, killed after ${times.join(', ')} of ${prepared.milliseconds.toFixed(0)} ms`;
      found.complaints.push(`${where}: ${(error as Error).message}`);
    }
  }
  return found;
}
