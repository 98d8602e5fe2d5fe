/** How long commands take to start, against an empty node. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { median, pommgr } from './measure.ts';

it('starts --version and --help under twice an empty node plus 100 ms', async () => {
  const empty = await median(9, () => time(['-e', '0']));
  const lines = [`empty node        ${milliseconds(empty)}`];
  const limit = 2 * empty + 0.1;
  const taken: number[] = [];
  for (const args of [['--version'], ['--help'], ['snapshot', '--help'], ['signing-key', '--help']]) {
    const seconds = await median(9, () => time([pommgr, ...args]));
    taken.push(seconds);
    lines.push(
      `${args.join(' ').padEnd(17)} ${milliseconds(seconds)}  ratio ${(seconds / empty).toFixed(2)}`,
    );
  }
  lines.push(`limit             ${milliseconds(limit)}`);
  console.log(`\nStart\n${lines.join('\n')}`);
  expect(Math.max(...taken)).toBeLessThan(limit);
});

async function time(args: string[]): Promise<number> {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return Promise.resolve((performance.now() - begun) / 1000);
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(0).padStart(5)} ms`;
}
