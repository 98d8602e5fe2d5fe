/** Runs a command and tells how long it took and how much memory it had at its peak. */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDirectory } from '../support/scratch.ts';

export interface Measured {
  seconds: number;
  /** Peak resident memory of the process itself. */
  peakMiB: number;
  /** All that the process read, from wherever: rchar of proc(5). */
  readBytes: number;
  stdout: string;
}

export const pommgr = new URL('../../bin/pommgr.js', import.meta.url).pathname;

/** Runs node with `args`; fails when the command does. */
export async function measureNode(
  args: readonly string[],
  options: { accept?: readonly number[]; cwd?: string } = {},
): Promise<Measured> {
  const report = join(await scratchDirectory(), 'peak');
  const hook = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)}, process.resourceUsage().maxRSS + '\\n' + require('node:fs').readFileSync('/proc/self/io', 'utf8')))`;
  const source = `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('/'); ${hook}`)}`;
  const begun = performance.now();
  const child = spawn(process.execPath, ['--import', source, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const seconds = (performance.now() - begun) / 1000;
  if (!(options.accept ?? [0]).includes(code ?? -1))
    throw new Error(`node ${args.join(' ')} ended with ${code}:\n${stdout}`);
  const said = await readFile(report, 'utf8');
  await rm(report);
  const readBytes = Number(/^rchar: ([0-9]+)$/m.exec(said)?.[1]);
  return { seconds, peakMiB: Number.parseInt(said, 10) / 1024, readBytes, stdout };
}

/** The median of several runs. */
export async function median(times: number, once: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let count = 0; count < times; count++) values.push(await once());
  values.sort((a, b) => a - b);
  return values[Math.floor(times / 2)] as number;
}
