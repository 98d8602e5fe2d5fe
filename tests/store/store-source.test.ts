import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { openHasherPool, type HasherPool } from '../../src/core/adapters/hashing.ts';
import { openStoreSource, storeAddress, type StoreSource } from '../../src/store/adapters/store-source.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { scratchDirectory } from '../support/scratch.ts';

const aptRoot: AptRoot = {
  kind: 'outside',
  root: '/nowhere',
  architecture: 'amd64',
  foreignArchitectures: [],
};
const limits = { idleSeconds: 0.2, answerSeconds: 0.8, slowestBytesPerSecond: 1_000_000 };
let hashers: HasherPool;
let server: Server;
let source: StoreSource;
let asked = 0;

beforeAll(async () => {
  hashers = openHasherPool(1);
  server = createServer((request, response) => {
    asked += 1;
    if (request.url?.endsWith('silence')) return;
    response.writeHead(200, { 'content-length': 100_000 });
    if (request.method === 'HEAD') return void response.end();
    // A byte at a time, never long enough apart to be idle.
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  source = await openStoreSource(`http://127.0.0.1:${port}`, { aptRoot, hashers, signal, limits });
});

afterAll(async () => {
  await source.close();
  server.closeAllConnections();
  server.close();
  await hashers.close();
});

describe('a server that takes its time', () => {
  test.each([
    ['drips a small file', () => source.read('baselines/drip', 200_000)],
    [
      'drips a file of known size',
      async () =>
        source.fetch(
          'baselines/drip',
          { sizeBytes: 100_000, sha256: sha256Hex('') },
          join(await scratchDirectory(), 'x'),
        ),
    ],
    ['never answers', () => source.read('baselines/silence', 10)],
    ['never says a size', () => source.sizeOf('baselines/silence')],
  ])('is given up when it %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'network.timeout',
      hints: [expect.stringContaining('pommgr serve')],
    });
  });

  test('is asked for a size without the file', async () => {
    asked = 0;
    expect(await source.sizeOf('baselines/drip')).toBe(100_000);
    expect(asked).toBe(1);
  });
});

describe('a store on a share', () => {
  test('is read through no link, and only as far as it may be large', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'baselines'));
    await writeFile(join(directory, 'baselines/a file%'), '0123456789');
    await symlink('a file%', join(directory, 'baselines/link'));
    const address = await storeAddress(directory, aptRoot);
    const signal = new AbortController().signal;
    const share = await openStoreSource(address, { aptRoot, hashers, signal });

    expect(String(await share.read('baselines/a file%', 10))).toBe('0123456789');
    expect(await share.sizeOf('baselines/a file%')).toBe(10);
    expect(await share.sizeOf('baselines/missing')).toBeUndefined();
    await expect(share.read('baselines/a file%', 9)).rejects.toMatchObject({ code: 'integrity.size' });
    await expect(share.read('baselines/link', 10)).rejects.toMatchObject({ code: 'integrity.file-type' });
    await mkdir(join(directory, 'elsewhere'));
    await writeFile(join(directory, 'elsewhere/file'), 'x');
    await symlink('elsewhere', join(directory, 'linked'));
    await expect(share.read('linked/file', 10)).rejects.toMatchObject({ code: 'integrity.file-type' });
    const to = join(await scratchDirectory(), 'copy');
    const fact = { sizeBytes: 10, sha256: sha256Hex('0123456789') };
    await share.fetch('baselines/a file%', fact, to);
    expect(await readFile(to, 'utf8')).toBe('0123456789');
    const other = { ...fact, sha256: sha256Hex('other') };
    await expect(share.fetch('baselines/a file%', other, `${to}.2`)).rejects.toMatchObject({
      code: 'integrity.digest',
    });
    await expect(share.read('baselines/missing', 10)).rejects.toMatchObject({ code: 'integrity.missing' });
    await share.close();
  });
});

test('a root with an apt of its own cannot use a share beyond it', async () => {
  const inside: AptRoot = { ...aptRoot, kind: 'chroot', root: await scratchDirectory() };
  await expect(storeAddress(await scratchDirectory(), inside)).rejects.toMatchObject({
    code: 'config.store',
  });
  await mkdir(join(inside.root, 'srv'));
  expect(await storeAddress(join(inside.root, 'srv'), inside)).toBe('file:///srv');
});
