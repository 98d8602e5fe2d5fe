import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { run, streamOutput } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

test('a child that makes no progress is ended, also when it ignores the request', async () => {
  await expect(run('sleep', ['60'], { idleSeconds: 0.2 })).rejects.toMatchObject({
    code: 'tool.failed',
    message: 'sleep 60 made no progress and was ended.',
  });
  const stubborn = ['-c', 'trap "" TERM; while :; do sleep 60 & wait; done'];
  await expect(run('sh', stubborn, { idleSeconds: 0.2 })).rejects.toMatchObject({ code: 'tool.failed' });
}, 20_000);

test('a child that writes now and then is let work', async () => {
  const script = 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done';
  expect((await run('sh', ['-c', script], { idleSeconds: 0.9 })).stdout).toBe('1\n2\n3\n4\n5\n6\n');
});

test('a child that is to end with us does, when we are killed', async () => {
  const directory = await scratchDirectory();
  const [pidFile, script] = [join(directory, 'pid'), join(directory, 'run.mjs')];
  const child = `echo $$ >${pidFile}; exec sleep 60`;
  const module = fileURLToPath(new URL('../../dist/core/adapters/process.js', import.meta.url));
  const text = `import { run } from ${JSON.stringify(module)};\nawait run('sh', ['-c', ${JSON.stringify(child)}], { endsWithUs: true });\n`;
  await import('node:fs/promises').then(({ writeFile }) => writeFile(script, text));
  const ours = spawn(process.execPath, [script], { stdio: 'ignore' });
  let pid = '';
  while (pid === '') {
    if (await pathExists(pidFile)) pid = (await readFile(pidFile, 'utf8')).trim();
    await pause(20);
  }
  expect(await pathExists(`/proc/${pid}/exe`)).toBe(true);
  ours.kill('SIGKILL');
  for (let tries = 0; tries < 100 && (await pathExists(`/proc/${pid}/exe`)); tries += 1) await pause(20);
  expect(await pathExists(`/proc/${pid}/exe`)).toBe(false);
});

test('what a child has started ends when its output is read no further', async () => {
  let pid = 0;
  for await (const chunk of streamOutput('sh', ['-c', 'yes & echo "pid $!"; wait'])) {
    pid = Number(/pid (\d+)/.exec(chunk.toString('utf8'))?.[1] ?? 0);
    if (pid > 0) break;
  }
  expect(pid).toBeGreaterThan(0);
  await expect.poll(async () => pathExists(`/proc/${pid}/fd/1`), { timeout: 20_000 }).toBe(false);
});
