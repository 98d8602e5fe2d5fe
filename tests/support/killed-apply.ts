/**
 * Runs `apply` in a process of its own that is killed at a chosen place: when it starts a given program for the
 * n-th time, that program kills it in place of doing its work.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterTestFile } from './file-end.ts';
import { makeDirectory } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let compiled: string | undefined;

afterTestFile(async () => {
  if (compiled !== undefined) await rm(compiled, { recursive: true, force: true });
  compiled = undefined;
});

export interface KillPoint {
  program: string;
  /** Counts from 1; only calls with this word among their arguments count. */
  time: number;
  word?: string;
  /** Kills after the program has done its work. */
  after?: boolean;
}

/** Returns whether it was killed; otherwise it ran to its end without getting there. */
export async function applyKilledAt(
  options: { media: string; root: string },
  point: KillPoint,
): Promise<boolean> {
  const programs = await scratchDirectory();
  await writeFile(join(programs, point.program), killer(programs, point));
  await chmod(join(programs, point.program), 0o755);
  const script = join(programs, 'run.mjs');
  await writeFile(script, caller(await compile(), options));
  const { exitCode } = await run('sh', ['-c', `"$0" "$1"; exit $?`, process.execPath, script], {
    env: { PATH: `${programs}:${process.env['PATH']}` },
    accept: [0, 137],
  });
  return exitCode === 137;
}

/** src as JavaScript, inside the repository so that its packages are found. */
async function compile(): Promise<string> {
  if (compiled !== undefined) return compiled;
  const cache = join(repository, 'node_modules/.cache');
  await makeDirectory(cache);
  compiled = await mkdtemp(join(cache, 'pommgr-test-'));
  const tsc = join(repository, 'node_modules/.bin/tsc');
  await run(tsc, ['-p', join(repository, 'tsconfig.build.json'), '--outDir', compiled], {
    accept: [0, 1, 2],
  });
  await writeFile(join(compiled, 'package.json'), '{"type":"module"}\n');
  return compiled;
}

function killer(directory: string, { program, time, word, after = false }: KillPoint): string {
  const real = `PATH="\${PATH#*:}" ${program} "$@"`;
  return `#!/bin/sh
case " $* " in *" ${word ?? ''}"*) ;; *) ${real}; exit $? ;; esac
echo >>${directory}/count
if [ "$(wc -l <${directory}/count)" -eq ${time} ]; then
  ${after ? real : ':'}
  kill -9 $PPID
  exit 1
fi
${real}
`;
}

function caller(program: string, options: { media: string; root: string }): string {
  const url = pathToFileURL(join(program, 'host/workflows/apply.js')).href;
  return `import { apply } from ${JSON.stringify(url)};
const progress = { step() {}, note() {}, warn() {}, meter: () => ({ add() {}, done() {} }) };
const now = () => new Date('2025-06-02T00:00:00Z');
const context = { progress, signal: new AbortController().signal, now, timestamp: now };
await apply({ ...${JSON.stringify(options)}, context });
`;
}
