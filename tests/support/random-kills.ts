/**
 * Kills commands at random times, alone or with their children, runs them again, and compares whole trees with those of
 * an undisturbed run. A seed decides the times, so that a failure can be repeated.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';
import { treeOf } from './tree.ts';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));

export interface KillSubject {
  name: string;
  /** Arguments of `pommgr`. */
  command: readonly string[];
  cwd?: string;
  /** Everything that the command may change; brought back before each kill. */
  directory: string;
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

/** What a killed and repeated command leaves in the tree of `subject`. */
/** A note of when and what was checked last, which the next check writes anew. */
const note = / state\/last-check\.json /;

async function treeAfter({ directory, mayDiffer }: KillSubject): Promise<string[]> {
  return (await treeOf(directory)).filter((line) => mayDiffer?.test(line) !== true && !note.test(line));
}

async function prepare(subject: KillSubject): Promise<Prepared> {
  const copy = join(await scratchDirectory(), 'copy');
  await run('cp', ['-a', '--', subject.directory, copy]);
  // The first run warms caches, and shows that the second is the same.
  await runOnce(subject);
  const expected = await treeAfter(subject);
  await putBack({ ...subject, copy });
  const begun = performance.now();
  await runOnce(subject);
  return { ...subject, copy, expected, milliseconds: performance.now() - begun };
}

async function putBack({ copy, directory }: Pick<Prepared, 'copy' | 'directory'>): Promise<void> {
  await run('rsync', ['-aHc', '--delete', '--', `${copy}/`, `${directory}/`]);
}

interface RunOnceOptions {
  killAfterMs?: number;
  withChildren?: boolean;
  accept?: readonly number[];
}

/** @throws Error with what it said, when it did not end well. */
async function runOnce(
  subject: KillSubject,
  { killAfterMs, withChildren = false, accept = [] }: RunOnceOptions = {},
): Promise<void> {
  const { command, cwd } = subject;
  const child = spawn(process.execPath, [program, ...command, '--quiet'], {
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      ...process.env,
      SOURCE_DATE_EPOCH: '1748822400',
      NODE_ENV: 'production',
      NO_COLOR: '1',
      TMPDIR: await scratchDirectory(),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  if (killAfterMs !== undefined) {
    const timer = setTimeout(() => {
      if (withChildren && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    }, killAfterMs);
    await ended;
    clearTimeout(timer);
    child.stderr.destroy();
    // Whoever runs it again is a person: what has lost its parent has ended by then.
    await pause(300);
    return;
  }
  const code = await ended;
  if (code === 0 || (code !== null && accept.includes(code))) return;
  throw new Error(`exit code ${code}: ${said}`);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Returns what was wrong: nothing, if all is well. */
export async function killAtRandom(
  subject: KillSubject,
  { kills, seed }: { kills: number; seed: number },
): Promise<string[]> {
  const prepared = await prepare(subject);
  const random = randomNumbers(seed);
  const complaints: string[] = [];
  for (let number = 0; number < kills; number += 1) {
    const afterMs = random() * prepared.milliseconds;
    const withChildren = random() < 0.5;
    const where = `${subject.name}, seed ${seed}, kill ${number} (${afterMs.toFixed(0)} of ${prepared.milliseconds.toFixed(0)} ms${withChildren ? ', with children' : ''})`;
    await putBack(prepared);
    await runOnce(prepared, { killAfterMs: afterMs, withChildren });
    try {
      await runOnce(prepared, { accept: prepared.nextMayExit ?? [] });
    } catch (error) {
      complaints.push(`${where}: the next run: ${String(error)}`);
      continue;
    }
    const found = await treeAfter(prepared);
    const missing = prepared.expected.filter((line) => !found.includes(line));
    const strange = found.filter((line) => !prepared.expected.includes(line));
    if (missing.length + strange.length > 0) {
      complaints.push(
        [where, ...missing.map((line) => `  - ${line}`), ...strange.map((line) => `  + ${line}`)].join('\n'),
      );
    }
  }
  return complaints;
}
