/** Ctrl-C and SIGTERM at the steps of commands that change something: our words, the exit code, and a next run that ends it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { pommgr as start, type CliOutcome } from '../support/cli.ts';
import { fastProgram } from '../support/fast-program.ts';
import { createOnlineSite, type OnlineSite } from '../support/online.ts';
import { writeBelow } from '../support/offline.ts';
import { scratchDirectory } from '../support/scratch.ts';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));
async function pommgr(
  args: readonly string[],
  options: Parameters<typeof start>[1] = {},
): Promise<CliOutcome> {
  return start(args, { ...options, file: await fastProgram() });
}

let site: OnlineSite;
let packed: string;
let media: string;
let root: string;

beforeAll(async () => {
  site = await createOnlineSite(['versions: latest']);
  const cwd = site.directory;
  packed = await scratchDirectory();
  media = join(packed, 'media');
  await mkdir(media);
  root = await scratchDirectory();
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.1/debian bookworm main\n');
  for (const args of [['signing-key', 'create'], ['snapshot']]) {
    expect(await pommgr(args, { cwd })).toMatchObject({ exitCode: 0 });
  }
  expect(await pommgr(['pack', '--media', media, '--allow-local'], { cwd })).toMatchObject({ exitCode: 0 });
  const key = join(cwd, 'signing-key.pub.pem');
  expect(await pommgr(['signing-key', 'trust', key, '--root', root])).toMatchObject({ exitCode: 0 });
});

const signals = [
  { signal: 'SIGINT', exitCode: 130, words: 'Interrupted (Ctrl-C, SIGINT).' },
  { signal: 'SIGTERM', exitCode: 143, words: 'Terminated (SIGTERM).' },
];

/** Sends a signal at every n-th operation of fresh copies until one run ends before it; returns how often it was hit. */
async function sweep(
  every: number,
  run: (env: Record<string, string>) => Promise<CliOutcome>,
): Promise<number> {
  let hits = 0;
  for (let at = 1; ; at += every) {
    const { signal, exitCode, words } = signals[hits % 2]!;
    const outcome = await run({ POMMGR_FAULT_AT: `${at}:${signal}` });
    if (outcome.exitCode === 0 && !outcome.stderr.includes('Interrupted: ')) return hits;
    hits += 1;
    // Work that was complete by then is told as complete.
    if (outcome.exitCode === 0) continue;
    expect({ at, ...outcome }).toMatchObject({ at, exitCode });
    expect(outcome.stderr).toMatch(/^Error: /m);
    expect(outcome.stderr).toContain(words);
    expect(outcome.stderr).toMatch(/ -> .*same command/);
    expect(outcome.stderr).not.toMatch(/ at .*:\d+:\d+/);
  }
}

it('snapshot says so, makes no baseline, and the next run makes it', async () => {
  const hits = await sweep(47, async (env) => {
    const machine = await site.another();
    const outcome = await pommgr(['snapshot'], { cwd: machine.directory, env });
    expect(await pommgr(['snapshot', '--force'], { cwd: machine.directory })).toMatchObject({ exitCode: 0 });
    return outcome;
  });
  expect(hits).toBeGreaterThan(0);
});

it('pack says so, and the next run packs', async () => {
  const hits = await sweep(29, async (env) => {
    const medium = await scratchDirectory();
    const argv = ['pack', '--media', medium, '--allow-local'];
    const outcome = await pommgr(argv, { cwd: site.directory, env });
    expect(await pommgr(argv, { cwd: site.directory })).toMatchObject({ exitCode: 0 });
    const key = join(site.directory, 'signing-key.pub.pem');
    expect(await pommgr(['verify', '--media', medium, '--key', key])).toMatchObject({ exitCode: 0 });
    return outcome;
  });
  expect(hits).toBeGreaterThan(0);
});

it('apply says so, and the next run applies', async () => {
  const hits = await sweep(97, async (env) => {
    const host = join(await scratchDirectory(), 'root');
    await cp(root, host, { recursive: true });
    const argv = ['apply', '--media', media, '--root', host];
    const outcome = await pommgr(argv, { env });
    expect(await pommgr(argv)).toMatchObject({ exitCode: 0 });
    expect(await pommgr(['doctor', '--root', host])).toMatchObject({ exitCode: 0 });
    return outcome;
  });
  expect(hits).toBeGreaterThan(0);
});

it.each(signals)('a child that runs is ended by $signal, too', async ({ signal, exitCode, words }) => {
  const stub = join(await scratchDirectory(), 'bin');
  await mkdir(stub);
  await writeFile(join(stub, 'gpg'), '');
  await writeFile(join(stub, 'apt-get'), '#!/bin/sh\necho started >&2\nexec sleep 60\n', { mode: 0o755 });
  const host = join(await scratchDirectory(), 'root');
  await cp(root, host, { recursive: true });
  const child = spawn(process.execPath, [program, 'apply', '--media', media, '--root', host, '--dry-run'], {
    env: { ...process.env, PATH: `${stub}:${process.env['PATH']}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const sleeping = async (): Promise<boolean> =>
    new Promise((resolve) => {
      execFile('pgrep', ['-P', String(child.pid), 'sleep'], (error) => resolve(error === null));
    });
  while (!(await sleeping())) await new Promise((resolve) => setTimeout(resolve, 50));
  child.kill(signal as NodeJS.Signals);
  expect(await once(child, 'close')).toEqual([exitCode, null]);
  expect(stderr).toContain(words);
});

it.each(signals)('before a command is loaded, $signal ends with our words', async ({ signal, exitCode }) => {
  const child = spawn(
    process.execPath,
    [
      '-e',
      `
    const { prepareProcess } = await import(${JSON.stringify(fileURLToPath(new URL('../../bin/start.js', import.meta.url)))});
    prepareProcess();
    process.kill(process.pid, '${signal}');
    setTimeout(() => {}, 5000);
  `,
      '--input-type=module',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await once(child, 'close')).toEqual([exitCode, null]);
  expect(stderr).toMatch(/^Error: .*\n {2}-> Nothing was begun\./);
});

it('a command that changes nothing ends at once', async () => {
  const outcome = await pommgr(['verify', '--media', media, '--root', root, '--json'], {
    env: { POMMGR_FAULT_AT: '1:SIGTERM' },
  });
  if (outcome.exitCode === 0) return expect(outcome.stdout).toContain('verify-result');
  expect(outcome).toMatchObject({ exitCode: 143 });
  expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code: 'interrupted.terminated' } });
});
