/**
 * pommgr against other programs that do the same work: rounds in which each has its turn, medians, ratios. With
 * $POMMGR_BENCH_QUICK there is one round of little work: that shows that the bench works, and no more.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { expect } from 'vitest';

export const isQuick = process.env['POMMGR_BENCH_QUICK'] !== undefined;
export const rounds = isQuick ? 1 : 5;

/** A program's turn: seconds that its work took, without what comes before and after it. */
export type Turn = () => Promise<number>;

export interface Race {
  work: string;
  pommgr: Turn;
  peers: Map<string, { turn: Turn /** Of pommgr's time and the peer's, at most. */; goal?: number }>;
}

/** Runs the rounds and prints the row; fails when a goal is missed, but in the quick mode. */
export async function race({ work, pommgr, peers }: Race): Promise<void> {
  const own: number[] = [];
  const theirs = new Map([...peers.keys()].map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { turn }] of peers) theirs.get(name)?.push(await turn());
    own.push(await pommgr());
  }
  const lines = [`${work}: pommgr ${seconds(own)}`];
  const missed: string[] = [];
  for (const [name, { goal }] of peers) {
    const times = theirs.get(name) ?? [];
    // Of each round, so that what disturbs one disturbs both.
    const ratio = medianOf(own.map((time, round) => time / (times[round] ?? Number.NaN)));
    const verdict = goal === undefined ? '' : `, goal ${goal}${ratio <= goal ? '' : ': MISSED'}`;
    lines.push(`  ${name} ${seconds(times)}, ratio ${ratio.toFixed(2)}${verdict}`);
    if (goal !== undefined && !(ratio <= goal)) missed.push(`${work}, ${name}: ${ratio.toFixed(2)}`);
  }
  console.log(lines.join('\n'));
  if (!isQuick) expect(missed).toEqual([]);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function seconds(times: readonly number[]): string {
  const [least, most] = [Math.min(...times), Math.max(...times)];
  return `${medianOf(times).toFixed(2)} s (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

/** What of the machine the figures depend on. */
export function machineText(): string {
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const hasSha = /^(?:flags|Features)\s*:.*\b(?:sha_ni|sha2)\b/m.test(info);
  return `${availableParallelism()} cores ${hasSha ? 'with' : 'without'} SHA instructions, node ${process.version}, ${rounds} rounds${isQuick ? ' (quick)' : ''}`;
}

/** Seconds that a shell script takes; fails when it does, or when its programs are not there. */
export async function timeScript(script: string, cwd: string): Promise<number> {
  const begun = performance.now();
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${script}\nended with ${code}:\n${said}`);
  return (performance.now() - begun) / 1000;
}
