/** What a store offers by HTTP: by our own server and by nginx with the config that we print, the same. */
import { truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStoreServer } from '../../src/serve/adapters/store-server.ts';
import type { Store } from '../../src/store/adapters/store.ts';
import type { ServedRequest } from '../../src/serve/domain/serve-report.ts';
import { startNginx } from '../support/nginx.ts';
import { allowed, denied, request, sendRaw, storeToServe } from '../support/store-requests.ts';

const told: ServedRequest[] = [];
const servers: { close: () => Promise<void> }[] = [];
let store: Store;

beforeAll(async () => {
  store = await storeToServe();
});

afterAll(async () => {
  for (const server of servers) await server.close();
});

async function startOwn(): Promise<number> {
  const server = await openStoreServer(store, {
    listen: { host: '127.0.0.1', port: 0 },
    onRequest: (served) => told.push(served),
  });
  servers.push(server);
  return Number(new URL(server.url).port);
}

async function startOther(): Promise<number> {
  const server = await startNginx(store.directory);
  servers.push(server);
  return server.port;
}

describe.each([
  ['pommgr serve', startOwn],
  ['nginx', startOther],
])('%s', (_, start) => {
  let port: number;

  beforeAll(async () => {
    port = await start();
  });

  test.each(allowed)('offers %s', async (target, body) => {
    const got = await request(port, `GET ${target}`);
    expect(got).toMatchObject({ status: 200, body });
    expect(got.head).toMatch(new RegExp(`content-length: ${body.length}`, 'i'));
    expect(got.head).toMatch(/etag: /i);
    expect(await request(port, `HEAD ${target}`)).toMatchObject({ status: 200, body: '' });
  });

  test.each(denied)('refuses %s', async (line) => {
    const { status, body } = await request(port, line);
    expect(status === 0 || status >= 400, String(status)).toBe(true);
    expect(body).not.toContain('HIDDEN');
    expect(body).not.toContain('the root');
    expect(body).not.toContain('subscription');
  });

  test('answers ranges, and says when nothing has changed', async () => {
    const target = 'GET /baselines/test-1/debian/pool/a/a+b~1_amd64.deb';
    const middle = await request(port, target, ['Range: bytes=2-4']);
    expect(middle).toMatchObject({ status: 206, body: '234' });
    expect(middle.head).toMatch(/content-range: bytes 2-4\/10/i);
    expect(await request(port, target, ['Range: bytes=7-'])).toMatchObject({ status: 206, body: '789' });
    expect(await request(port, target, ['Range: bytes=10-'])).toMatchObject({ status: 416 });
    expect(await request(port, target, ['Range: bytes=0-1,3-4,6-7'])).toMatchObject({
      status: 200,
      body: '0123456789',
    });
    const etag = /etag: (\S+)/i.exec(middle.head)?.[1] ?? '';
    expect(await request(port, target, [`If-None-Match: ${etag}`])).toMatchObject({ status: 304, body: '' });
    const later = await request(port, target, ['Range: bytes=7-', 'If-Range: "another"']);
    expect(later).toMatchObject({ status: 200, body: '0123456789' });
  });

  test('refuses a body, and headers without an end', async () => {
    const head = 'GET /baselines/index.json HTTP/1.1\r\nHost: store\r\n';
    const body = await sendRaw(port, `${head}Content-Length: 4\r\nConnection: close\r\n\r\nabcd`);
    expect(body.status).toBeGreaterThanOrEqual(400);
    const many = await sendRaw(port, `${head}${'X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(2000)}\r\n`);
    expect(many.status === 0 || many.status >= 400).toBe(true);
    expect((await sendRaw(port, 'nonsense\r\n\r\n')).status).toBe(400);
  });

  test('answers requests that were sent before the answer of the first', async () => {
    const lines = ['baselines/index.json', 'baselines/missing', 'baselines/test-1/SHA256SUMS'].map(
      (path, index) =>
        `GET /${path} HTTP/1.1\r\nHost: store\r\n${index === 2 ? 'Connection: close\r\n' : ''}\r\n`,
    );
    const all = await sendRaw(port, lines.join(''));
    const text = `${all.head}${all.body}`;
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '200',
      '404',
      '200',
    ]);
    expect(text).toContain('the index');
    expect(text).toContain('the root');
  });
});

describe('our own server', () => {
  test('tells of each request, of what it could not print too', async () => {
    const port = await startOwn();
    told.length = 0;
    await request(port, 'GET /baselines/index.json');
    await request(port, 'HEAD /baselines/index.json');
    await request(port, 'GET /secrets/x');
    await request(port, 'POST /baselines/index.json');
    const address = '127.0.0.1';
    expect(told).toEqual([
      { address, method: 'GET', target: '/baselines/index.json', status: 200, sentBytes: 9 },
      { address, method: 'HEAD', target: '/baselines/index.json', status: 200, sentBytes: 0 },
      { address, method: 'GET', target: '/secrets/x', status: 404, sentBytes: 10 },
      { address, method: 'POST', target: '/baselines/index.json', status: 405, sentBytes: 12 },
    ]);
  });

  test('ends while a client still waits for more', async () => {
    const big = join(store.directory, 'baselines/test-1/debian/big.deb');
    await writeFile(big, '');
    await truncate(big, 512 * 1024 * 1024);
    const server = await openStoreServer(store, {
      listen: { host: '127.0.0.1', port: 0 },
      onRequest: () => {},
    });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    await new Promise<void>((resolve) => {
      socket.once('data', () => resolve());
      socket.write('GET /baselines/test-1/debian/big.deb HTTP/1.1\r\nHost: store\r\n\r\n');
    });
    socket.pause();
    await server.close();
    socket.resume();
    await ended;
  });

  test('says when nothing can listen there', async () => {
    const port = await startOwn();
    const listen = { host: '127.0.0.1', port };
    await expect(openStoreServer(store, { listen, onRequest: () => {} })).rejects.toMatchObject({
      code: 'state.address',
    });
    await expect(
      openStoreServer(store, { listen: { host: '192.0.2.1', port: 0 }, onRequest: () => {} }),
    ).rejects.toMatchObject({ code: 'state.address', message: expect.stringContaining('192.0.2.1:0') });
  });
});
