/** `pommgr serve` as root starts it, in a process of its own: whom it becomes, what it says, how it ends. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { pommgr } from '../support/cli.ts';
import { writeStandIn } from '../support/bare-host.ts';
import { createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { request } from '../support/store-requests.ts';
import { scratchDirectory } from '../support/scratch.ts';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));
const running: ChildProcessByStdio<null, Readable, Readable>[] = [];
let root: string;
let site: Site;

beforeAll(async () => {
  site = await createSite();
  root = await createHost([site.key]);
  await apply({ media: await site.bring(), root, context: testContext() });
  await chmod(root, 0o755);
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Running {
  port: number;
  pid: number;
  /** Ends it, and gives what it wrote. */
  end: (signal: NodeJS.Signals) => Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

async function start(...args: string[]): Promise<Running> {
  const child = spawn(
    process.execPath,
    [program, 'serve', '--root', root, '--listen', '127.0.0.1:0', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.push(child);
  const written = { stdout: '', stderr: '' };
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    const look = (): void => {
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(written.stdout + written.stderr)?.[1];
      if (found !== undefined) resolve(Number(found));
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (data: Buffer) => {
        written[name] += String(data);
        look();
      });
    }
    child.on('close', () => reject(new Error(`it ended: ${written.stderr}`)));
  });
  return {
    port,
    pid: child.pid ?? 0,
    async end(signal) {
      child.kill(signal);
      return { exitCode: await closed, ...written };
    },
  };
}

test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('serves as nobody until %s', async (signal) => {
  const server = await start();
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  const [nobody, nogroup] = [await idOf('-u'), await idOf('-g')];
  expect(status).toMatch(new RegExp(`^Uid:\\t${nobody}\\t${nobody}\\t${nobody}\\t${nobody}$`, 'm'));
  expect(status).toMatch(new RegExp(`^Gid:\\t${nogroup}\\t${nogroup}\\t${nogroup}\\t${nogroup}$`, 'm'));
  expect(status).toMatch(new RegExp(`^Groups:\\t${nogroup} $`, 'm'));
  expect(status).toMatch(/^CapEff:\t0+$/m);

  const index = await request(server.port, 'GET /baselines/index.json');
  expect(JSON.parse(index.body)).toMatchObject({ baselines: [{ name: 'test-1' }] });
  expect((await request(server.port, 'GET /state.json')).status).toBe(404);

  const { exitCode, stdout, stderr } = await server.end(signal);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^Answering at http:\/\/127\.0\.0\.1:\d+; .*\nOnly this machine can reach it: .*\nHere: pommgr apply --from http:/,
  );
  expect(stdout).toContain('\nHosts without pommgr cannot start from here: "pommgr serve --media DIR"');
  expect(stdout).toMatch(/\nServed .*\/var\/lib\/pommgr: 2 requests, 1 refused, \d+ B sent\.\n$/);
  expect(stderr).toContain('127.0.0.1 GET /baselines/index.json 200 ');
  expect(stderr).toContain('127.0.0.1 GET /state.json 404 ');
});

test('one document on stdout with --json, and the address on stderr', async () => {
  const server = await start('--json');
  await request(server.port, 'GET /baselines/test-1/SHA256SUMS');
  const { exitCode, stdout } = await server.end('SIGTERM');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'pommgr/serve-result/v1',
    result: { user: 'nobody', baselines: ['test-1'], requests: 1, refused: 0 },
  });
});

test('takes the runtime of a medium before it gives up root, and the next apply renews it', async () => {
  const runtimeOf = async (port: number): Promise<string> =>
    (await request(port, 'GET /runtime-versions.txt')).body;
  const media = await site.bring();
  const bare = await pommgr(['serve', '--root', root, '--media', media, '--json']);
  expect(JSON.parse(bare.stdout)).toMatchObject({ error: { code: 'integrity.missing' } });
  await writeStandIn(media, '1.0.0', { keyFiles: [join(site.directory, 'signing-key.pem')] });
  const server = await start('--media', media);
  expect(await runtimeOf(server.port)).toBe('1.0.0\n');
  expect((await request(server.port, 'GET /pommgr')).body).toContain('# pommgr-media: runs the pommgr');

  await writeStandIn(media, '1.1.0', { keyFiles: [join(site.directory, 'signing-key.pem')] });
  await apply({ media, root, context: testContext() });
  expect(await runtimeOf(server.port)).toBe('1.1.0\n');
  expect((await server.end('SIGTERM')).stdout).toContain('can start from here (runtime 1.0.0)');
});

describe('refuses', () => {
  const refusals: [string, string[], number, string][] = [
    ['to serve as root', ['--user', 'root'], 9, 'refused.root'],
    ['a user that there is not', ['--user', 'no-such-user'], 2, 'usage.user'],
    ['an address that is none', ['--listen', '8474'], 2, 'usage.listen'],
    ['an address of another machine', ['--listen', '192.0.2.1:8474'], 8, 'state.address'],
  ];

  test.each(refusals)('%s', async (_, args, exitCode, code) => {
    const outcome = await pommgr(['serve', '--root', root, '--json', ...args]);
    expect(outcome.exitCode, outcome.stdout).toBe(exitCode);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code } });
  });

  test('a store that its user cannot read, and a place without a store', async () => {
    const closed = join(await scratchDirectory(), 'closed');
    await run('cp', ['-a', join(root, 'var/lib/pommgr'), closed]);
    const unreadable = await pommgr(['serve', '--store', closed, '--listen', '127.0.0.1:0', '--json']);
    expect(unreadable.exitCode).toBe(8);
    expect(JSON.parse(unreadable.stdout)).toMatchObject({
      error: {
        code: 'state.unreadable',
        hints: [expect.stringContaining('chmod -R a+rX'), expect.anything()],
      },
    });
    const none = await pommgr(['serve', '--store', await scratchDirectory(), '--json']);
    expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'state.no-store' } });
  });
});

test('prints a config that nginx takes', async () => {
  const { stdout, exitCode } = await pommgr([
    'serve',
    '--root',
    root,
    '--print-nginx',
    '--listen',
    '[::1]:80',
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('listen [::1]:80;');
  expect(stdout).toContain(`root "${root}/var/lib/pommgr";`);
  expect(stdout).not.toMatch(/@[A-Z]+@/);
  const odd = await pommgr(['serve', '--store', '/tmp/a"b', '--print-nginx', '--json']);
  expect(JSON.parse(odd.stdout)).toMatchObject({ error: { code: 'config.store' } });
});

async function idOf(flag: '-u' | '-g'): Promise<string> {
  return (await run('id', [flag, 'nobody'])).stdout.trim();
}
