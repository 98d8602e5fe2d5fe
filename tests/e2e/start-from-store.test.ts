/** Bare Debian systems that start from the store of another host: no medium, no Node.js, what is on every Debian. */
import { appendFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run, type RunResult } from '../../src/core/adapters/process.ts';
import { writeTop } from '../../src/medium/workflows/write-tool.ts';
import { openStoreServer, type StoreServer } from '../../src/serve/adapters/store-server.ts';
import { storeAt, type Store } from '../../src/store/adapters/store.ts';
import { keepTool, renewKeptTool } from '../../src/store/workflows/keep-tool.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { readHostTrust } from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { flipBit } from '../support/attack.ts';
import { bareHost, forgetCopies, platform, writeStandIn } from '../support/bare-host.ts';
import { debianReleases, type DebianRelease } from '../support/debian-root.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const roots = new Map<DebianRelease, string>();
const context = testContext();
let keyFile: string;
let key: SigningPublicKey;
let server: StoreServer;
let store: Store;
let url: string;

async function mediumWith(version: string, file = keyFile): Promise<string> {
  const media = await scratchDirectory();
  const report = { outcome: 'left-out' as const, version: null, platforms: [], sizeBytes: 0 };
  const keys = [await openSigningKey(file)];
  await writeTop({ media, keys, keyFiles: [], runtime: { choice: 'left-out', report }, context });
  await writeStandIn(media, version, { keyFiles: [file] });
  return media;
}

const keeping = async () => ({
  store,
  trusted: await readHostTrust(roots.get('trixie') ?? ''),
  context,
});

beforeAll(async () => {
  const keys = await scratchDirectory();
  keyFile = join(keys, 'key.pem');
  key = await createSigningKey(keyFile);
  for (const release of debianReleases) roots.set(release, await bareHost(release, [key]));
  store = storeAt(await scratchDirectory());
  await mkdir(store.baselines);
  server = await openStoreServer(store, { listen: { host: '127.0.0.1', port: 0 }, onRequest: () => {} });
  url = server.url;
});

afterAll(() => server.close());

beforeEach(async () => {
  await rm(store.medium, { recursive: true, force: true });
  for (const root of roots.values()) {
    await forgetCopies(root);
    await rm(join(root, 'root/pommgr'), { recursive: true, force: true });
  }
});

/** In a root, with this machine's loopback and a proxy in the environment that does not answer. */
function onHost(release: DebianRelease, ...command: string[]): Promise<RunResult> {
  const environment = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'http_proxy=http://127.0.0.1:1'];
  return run('chroot', [roots.get(release) ?? '', 'env', '-i', ...environment, ...command], {
    accept: Array.from({ length: 256 }, (_, code) => code),
  });
}

/** Runs the launcher that the host has. */
async function launch(release: DebianRelease, shell: string[] = ['sh']): Promise<RunResult> {
  const root = roots.get(release) ?? '';
  await mkdir(join(root, 'root/pommgr'), { recursive: true });
  await writeFile(join(root, 'root/pommgr/pommgr'), await readFile('templates/launcher.sh'));
  return onHost(release, ...shell, '/root/pommgr/pommgr', 'apply', '--from', `${url}/`);
}

async function handLines(file: string): Promise<string> {
  const block = /\n((?: {4}.*\n)*? {4}HOST=.*\n(?: {4}.*\n)+)/.exec(await readFile(file, 'utf8'))?.[1] ?? '';
  return block
    .replaceAll(/^ {4}/gm, '')
    .replace('HOST=192.0.2.7', 'HOST=127.0.0.1')
    .replace('8474', new URL(url).port)
    .replace('0123456789abcdef', key.keyId);
}

it('the page to print and POMMGR.txt have the same lines, in both languages', async () => {
  const lines = await handLines('templates/POMMGR.txt');
  expect(lines.split('\n').length).toBeGreaterThan(10);
  expect(await handLines('docs/medium-check.md')).toBe(lines);
  const all = (await readFile('templates/POMMGR.txt', 'utf8')).split('    HOST=192').slice(1);
  const blocks = all.map((text) => text.slice(0, text.indexOf('\n\n')));
  expect(blocks).toHaveLength(2);
  expect(blocks[1]).toBe(blocks[0]);
});

describe.each(debianReleases)('a bare %s', (release) => {
  it('starts by hand from another host, and runs nothing that the key did not sign', async () => {
    await keepTool(await mediumWith('1.0.0'), await keeping());
    const lines = await handLines('docs/medium-check.md');
    const started = await onHost(release, 'sh', '-c', lines);
    expect(started.stdout).toContain('Signature Verified Successfully\n');
    expect(started.stdout).toContain('pommgr: OK\n');
    expect(started.stdout).toMatch(/^ran \/var\/lib\/pommgr\/runtime\/[0-9a-f]{64}\/linux-\w+\/node$/m);
    expect(started.stdout).toContain(`<apply>\n<--from>\n<${url}>\n`);
    expect(started.exitCode, started.stderr).toBe(0);

    await appendFile(join(store.medium, 'pommgr'), '\n');
    await rm(join(roots.get(release) ?? '', 'root/pommgr'), { recursive: true });
    const changed = await onHost(release, 'sh', '-c', lines);
    expect(changed.stdout).toContain('pommgr: FAILED');
    expect(changed.stdout).not.toContain('ran ');
    expect(changed.exitCode).not.toBe(0);
  });

  it.each([['sh'], ['busybox', 'sh']])('its launcher fetches the runtime once (%s)', async (...shell) => {
    await keepTool(await mediumWith('1.0.0'), await keeping());
    const first = await launch(release, shell);
    expect(first.stderr).toContain(`Fetching the runtime 1.0.0 from ${url}.`);
    expect(first.stdout).toContain(`<apply>\n<--from>\n<${url}/>\n`);
    const second = await launch(release, shell);
    expect(second).toMatchObject({ stdout: first.stdout, stderr: '', exitCode: 0 });
  });

  it('says that the server offers none, that it is away, and goes on with a copy', async () => {
    const none = await launch(release);
    expect(none.stderr).toContain(`${url} offers none`);
    expect(none.stderr).toContain('pommgr serve --media DIR');
    expect(none).toMatchObject({ stdout: '', exitCode: 8 });

    const away = 'http://127.0.0.1:1';
    const launcher = ['sh', '/root/pommgr/pommgr', 'apply', `--from=${away}`];
    const unreachable = await onHost(release, ...launcher);
    expect(unreachable.stderr).toContain(away);
    expect(unreachable.stderr).toMatch(/^ {2}-> .*pommgr serve/m);
    expect(unreachable).toMatchObject({ stdout: '', exitCode: 6 });

    await keepTool(await mediumWith('1.0.0'), await keeping());
    expect(await launch(release)).toMatchObject({ exitCode: 0 });
    expect((await onHost(release, ...launcher)).stdout).toContain(`<--from=${away}>`);
  });
});

const damages: { what: string; damage: (runtime: string) => Promise<unknown>; code: number; says: string }[] =
  [
    {
      what: 'a changed bit in node',
      damage: (runtime) => flipBit(join(runtime, platform, 'node'), 30),
      code: 5,
      says: `${platform}/node is damaged`,
    },
    {
      what: 'a changed list',
      damage: (runtime) => flipBit(join(runtime, 'SHA256SUMS'), 3),
      code: 4,
      says: 'SHA256SUMS is not what the key',
    },
    {
      what: 'a runtime without a signature',
      damage: async (runtime) => {
        for (const name of await readdir(runtime)) if (name.endsWith('.sig')) await rm(join(runtime, name));
      },
      code: 4,
      says: "0 of this host's trusted keys signed it, expected 1",
    },
    {
      what: 'a signature that goes on',
      damage: async (runtime) => {
        for (const name of await readdir(runtime))
          if (name.endsWith('.sig')) await appendFile(join(runtime, name), 'x'.repeat(4096));
      },
      code: 4,
      says: 'longer than 64 bytes',
    },
    {
      what: 'a missing program',
      damage: (runtime) => rm(join(runtime, platform, 'node')),
      code: 5,
      says: `${platform}/node is missing on http://127.0.0.1:`,
    },
    {
      what: 'a list without an end',
      damage: (runtime) => writeFile(join(runtime, 'SHA256SUMS'), Buffer.alloc(3 * 1024 * 1024, 65)),
      code: 5,
      says: 'SHA256SUMS is longer than 1048576 bytes',
    },
  ];

it.each(damages)('a bare host refuses $what', async ({ damage, code, says }) => {
  await keepTool(await mediumWith('1.0.0'), await keeping());
  await damage(join(store.medium, 'runtime/1.0.0'));
  const refused = await launch('trixie');
  expect(refused.stderr).toContain(says);
  expect(refused.stderr).toMatch(/^ {2}-> \S/m);
  expect(refused).toMatchObject({ stdout: '', exitCode: code });
});

describe('the store', () => {
  it('keeps the newest runtime of a medium, renews it, and leaves what is there alone', async () => {
    const media = await mediumWith('1.0.0-rc.1');
    await renewKeptTool(media, await keeping());
    await expect(readdir(store.medium)).rejects.toMatchObject({ code: 'ENOENT' });

    await writeStandIn(media, '1.0.0', { keyFiles: [keyFile] });
    await keepTool(media, await keeping());
    expect(await readdir(join(store.medium, 'runtime'))).toEqual(['1.0.0']);
    expect(await readdir(store.directory)).toEqual(['baselines', 'medium']);

    await renewKeptTool(await mediumWith('1.1.0'), await keeping());
    expect(await readFile(join(store.medium, 'runtime-versions.txt'), 'utf8')).toBe('1.1.0\n');
    // As where a run was killed before the last rename.
    await run('mv', [store.medium, `${store.medium}.tmp`]);
    await renewKeptTool(await mediumWith('1.2.0'), await keeping());
    expect(await readdir(join(store.medium, 'runtime'))).toEqual(['1.2.0']);
    await renewKeptTool(await scratchDirectory(), await keeping());
    expect(await readdir(join(store.medium, 'runtime'))).toEqual(['1.2.0']);
  });

  it('takes nothing that no trusted key signed, or that is not what was signed', async () => {
    const other = join(await scratchDirectory(), 'other.pem');
    await createSigningKey(other);
    await expect(keepTool(await mediumWith('1.0.0', other), await keeping())).rejects.toMatchObject({
      code: 'trust.unknown-signer',
    });
    const media = await mediumWith('1.0.0');
    await flipBit(join(media, 'runtime/1.0.0', platform, 'node'), 1);
    await expect(keepTool(media, await keeping())).rejects.toMatchObject({ code: 'integrity.digest' });
    await rm(join(media, 'runtime'), { recursive: true });
    await expect(keepTool(media, await keeping())).rejects.toMatchObject({ code: 'integrity.missing' });
    await expect(readdir(store.medium)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
