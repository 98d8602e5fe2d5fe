/** Clients that send or read slowly, and many connections of one: nobody else waits for them. */
import { truncate, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  openStoreServer,
  serveLimits,
  type ServeLimits,
  type StoreServer,
} from '../../src/serve/adapters/store-server.ts';
import { clientOf } from '../../src/serve/domain/client-address.ts';
import type { Store } from '../../src/store/adapters/store.ts';
import { storeToServe } from '../support/store-requests.ts';

const head = 'GET /baselines/test-1/SHA256SUMS HTTP/1.1\r\nHost: store\r\n';
const bigHead = 'GET /baselines/test-1/debian/big.deb HTTP/1.1\r\nHost: store\r\n\r\n';
let store: Store;
let server: StoreServer;
let sockets: Socket[] = [];

beforeAll(async () => {
  store = await storeToServe();
  const big = join(store.directory, 'baselines/test-1/debian/big.deb');
  await writeFile(big, '', { mode: 0o644 });
  await truncate(big, 256 * 1024 * 1024);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await server.close();
});

async function start(limits: Partial<ServeLimits> = {}): Promise<void> {
  const listen = { host: '0.0.0.0', port: 0 };
  server = await openStoreServer(store, { listen, onRequest: () => {}, limits });
}

/** A connection that sends `text`, and whether and when it was closed. */
interface Client {
  socket: Socket;
  closed: Promise<void>;
  isClosed: () => boolean;
}

async function open(text: string, from = '127.0.0.1'): Promise<Client> {
  const port = Number(new URL(server.url).port);
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  let done = false;
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      done = true;
      resolve();
    }),
  );
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  socket.resume();
  socket.write(text);
  return { socket, closed, isClosed: () => done };
}

/** What a client that behaves gets; empty when it was turned away. */
async function answerTo(from: string): Promise<string> {
  const { socket, closed } = await open(`${head}Connection: close\r\n\r\n`, from);
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString()));
  await closed;
  return got;
}

describe('many connections of one client', () => {
  test('up to the bound they are kept, one beyond is closed, and others are answered', async () => {
    await start();
    const slow: Client[] = [];
    for (let count = 0; count < serveLimits.clientConnections; count += 1) slow.push(await open(head));
    await (await open(head)).closed;
    expect(slow.filter((client) => client.isClosed())).toEqual([]);
    expect(await answerTo('127.0.0.1')).toBe('');
    expect(await answerTo('127.0.0.2')).toContain('the root');
    slow[0]?.socket.destroy();
    await expect.poll(() => answerTo('127.0.0.1')).toContain('the root');
  });

  test('400 slow ones keep nobody else waiting', async () => {
    await start();
    for (let count = 0; count < 400; count += 1) await open(head);
    const begun = performance.now();
    expect(await answerTo('127.0.0.2')).toContain('the root');
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

test('headers that do not come in time end the connection, and its place is free again', async () => {
  await start({ headersMs: 300, clientConnections: 1 });
  const { closed } = await open(head);
  expect(await answerTo('127.0.0.1')).toBe('');
  await closed;
  await expect.poll(() => answerTo('127.0.0.1')).toContain('the root');
});

test('an answer that is taken too slowly is cut off, one at the bound is not', async () => {
  await start({ progressMs: 400, slowestBytes: 16 * 1024 });
  const stuck = await open(bigHead);
  stuck.socket.pause();
  const steady = await open(bigHead, '127.0.0.2');
  steady.socket.on('data', () => {
    steady.socket.pause();
    setTimeout(() => steady.socket.resume(), 20);
  });
  await pause(1500);
  stuck.socket.resume();
  await stuck.closed;
  expect(steady.isClosed()).toBe(false);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:a:b:c:d', '2001:db8:0:1::/64'],
  ['2001:db8:0:1:ffff::2', '2001:db8:0:1::/64'],
  ['2001:db8::2', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is of the client %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});
