import { createHash } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import {
  openDownloader,
  type DownloaderOptions,
  type FetchRequest,
} from '../../src/upstream/adapters/download.ts';
import { openHasherPool, type HasherPool } from '../../src/core/adapters/hashing.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { startForwardProxy } from '../support/http-proxy.ts';
import { serveDirectory, type Fault, type ServerOptions } from '../support/http-server.ts';
import { scratchDirectory } from '../support/scratch.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
const sha256 = createHash('sha256').update(content).digest('hex');

let hashers: HasherPool;
let served: string;

beforeAll(async () => {
  hashers = openHasherPool(1);
  served = await scratchDirectory();
  await writeFile(join(served, 'file.deb'), content);
  await writeFile(join(served, 'other.deb'), 'other');
});

afterAll(() => hashers.close());

async function open(options: Partial<DownloaderOptions> = {}) {
  const downloader = await openDownloader({
    concurrency: 4,
    retries: 2,
    timeoutSeconds: 5,
    firstDelayMs: 5,
    mirrors: [],
    signal: new AbortController().signal,
    hashers,
    environment: {},
    ...options,
  });
  onTestFinished(() => downloader.close());
  return downloader;
}

async function serve(fault?: Fault, options: ServerOptions = {}) {
  const server = await serveDirectory(served, {
    ...options,
    ...(fault === undefined ? {} : { faults: { '/file.deb': fault } }),
  });
  onTestFinished(() => server.close());
  const path = join(await scratchDirectory(), 'partial');
  const request: FetchRequest = { uri: `${server.url}/file.deb`, path, sizeBytes: content.length, sha256 };
  return { server, request };
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function refusal(work: Promise<unknown>): Promise<PommgrError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PommgrError) return error;
  throw new Error(`expected a PommgrError, found ${String(error)}`);
}

describe('fetchFile', () => {
  test('fetches a file and reports its bytes', async () => {
    const { server, request } = await serve();
    let bytes = 0;

    await (await open()).fetchFile(request, { onBytes: (more) => (bytes += more) });

    expect(await digestOf(request.path)).toBe(sha256);
    expect(bytes).toBe(content.length);
    expect(server.requests[0]?.headers['user-agent']).toMatch(/^pommgr\/\d/);
  });

  test.each<[string, Fault]>([
    ['503', { kind: 'status', status: 503, times: 2 }],
    ['429 with Retry-After', { kind: 'status', status: 429, times: 1, headers: { 'retry-after': '0' } }],
    ['408', { kind: 'status', status: 408, times: 1 }],
    ['a connection that breaks off', { kind: 'truncate', afterBytes: 100_000, times: 2 }],
    ['silence before the answer', { kind: 'stall', times: 1 }],
    ['silence in the body', { kind: 'stall', afterBytes: 100_000, times: 1 }],
  ])('tries again after %s', async (_, fault) => {
    const { request } = await serve(fault);

    let bytes = 0;
    await (await open({ timeoutSeconds: 0.3 })).fetchFile(request, { onBytes: (more) => (bytes += more) });

    expect(await digestOf(request.path)).toBe(sha256);
    expect(bytes).toBe(content.length);
  });

  test('goes on where the server fell silent', async () => {
    const { server, request } = await serve({ kind: 'stall', afterBytes: 100_000, times: 1 });

    await (await open({ timeoutSeconds: 0.3 })).fetchFile(request);

    expect(await digestOf(request.path)).toBe(sha256);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-']);
  });

  test('waits as long as the server asks', async () => {
    const headers = { 'retry-after': '1' };
    const { request } = await serve({ kind: 'status', status: 503, times: 1, headers });
    const started = performance.now();

    await (await open()).fetchFile(request);

    expect(performance.now() - started).toBeGreaterThan(950);
  });

  test.each<[string, Fault, string, RegExp]>([
    ['503 for good', { kind: 'status', status: 503 }, 'network.status', /HTTP status 503\. Tried 3 times/],
    ['501', { kind: 'status', status: 501 }, 'network.status', /HTTP status 501\.$/],
    ['404', { kind: 'status', status: 404 }, 'network.missing', /does not exist \(HTTP status 404\)/],
    ['401', { kind: 'status', status: 401 }, 'network.login', /was refused \(HTTP status 401\)/],
    ['403', { kind: 'status', status: 403 }, 'network.login', /HTTP status 403/],
    [
      'a connection that always breaks off',
      { kind: 'truncate', afterBytes: 0 },
      'network.connection',
      /Tried 3 times/,
    ],
    ['silence for good', { kind: 'stall' }, 'network.timeout', /took too long .* Tried 3 times/],
    ['a redirect to itself', { kind: 'redirect', to: '/file.deb' }, 'network.redirect', /in a circle/],
    ['a redirect to a file', { kind: 'redirect', to: 'file:///etc/passwd' }, 'network.redirect', /not http/],
    [
      'wrong bytes',
      { kind: 'wrong-bytes' },
      'integrity.digest',
      /SHA-256 mismatch: expected \w{64}, found \w{64}/,
    ],
    [
      'an endless body',
      { kind: 'endless' },
      'integrity.size',
      /size mismatch: expected 300000 bytes, found at least 3\d{5}/,
    ],
  ])('ends with an error after %s', async (_, fault, code, message) => {
    const { request } = await serve(fault);

    const error = await refusal((await open({ timeoutSeconds: 0.3 })).fetchFile(request));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${new URL(request.uri).host}/file.deb`);
    expect(error.hints).not.toEqual([]);
  });

  test.each([
    ['longer', 300_001],
    ['shorter', 299_999],
  ])('refuses a file when a %s one was expected, and keeps nothing of it', async (_, sizeBytes) => {
    const { server, request } = await serve();

    const error = await refusal((await open()).fetchFile({ ...request, sizeBytes }));

    expect(error.code).toBe('integrity.size');
    expect(error.details).toMatchObject({ expected: sizeBytes });
    expect(await pathExists(request.path)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  test('says that nothing listens, and that a host does not exist', async () => {
    const { server, request } = await serve();
    await server.close();
    const downloader = await open();

    const refused = await refusal(downloader.fetchFile(request));
    const unknown = await refusal(
      downloader.fetchFile({ ...request, uri: 'http://no-such-host.invalid/file.deb' }),
    );

    expect(refused).toMatchObject({ code: 'network.connection' });
    expect(refused.message).toMatch(/ECONNREFUSED.*Tried 3 times/);
    expect(unknown.family).toBe('network');
  });

  test('ends when it is interrupted', async () => {
    const { request } = await serve({ kind: 'stall', afterBytes: 10 });
    const stop = new AbortController();
    const work = refusal((await open({ signal: stop.signal })).fetchFile(request));
    setTimeout(() => stop.abort(), 50);

    expect(await work).toMatchObject({ code: 'interrupted.signal' });
  });

  test('reports a full disk as that', async () => {
    const { request } = await serve();

    const error = await refusal((await open()).fetchFile({ ...request, path: '/dev/full' }));

    expect(error).toMatchObject({ code: 'state.space', exitCode: 8, details: { path: '/dev/full' } });
  });
});

describe('a partial file of an earlier run', () => {
  test('is continued', async () => {
    const { server, request } = await serve(undefined, { etag: true });
    await writeFile(request.path, content.subarray(0, 250_000));

    await (await open()).fetchFile(request);

    expect(await digestOf(request.path)).toBe(sha256);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=250000-']);
  });

  test('that is whole needs no request', async () => {
    const { server, request } = await serve();
    await writeFile(request.path, content);

    await (await open()).fetchFile(request);

    expect(server.requests).toEqual([]);
  });

  test.each([
    ['has other bytes', Buffer.alloc(250_000)],
    ['is whole but wrong', Buffer.alloc(300_000)],
    ['is too long', Buffer.alloc(300_001)],
  ])('that %s is fetched again from the start', async (_, partial) => {
    const { server, request } = await serve();
    await writeFile(request.path, partial);

    await (await open()).fetchFile(request);

    expect(await digestOf(request.path)).toBe(sha256);
    expect(server.requests.at(-1)?.headers.range).toBeUndefined();
  });

  test('is begun anew where the server knows no ranges', async () => {
    const { request } = await serve(undefined, { ranges: false });
    await writeFile(request.path, content.subarray(0, 250_000));

    await (await open()).fetchFile(request);

    expect(await digestOf(request.path)).toBe(sha256);
  });

  test('is begun anew once, not for ever, when the file on the server is wrong', async () => {
    const { server, request } = await serve({ kind: 'wrong-bytes' });
    await writeFile(request.path, content.subarray(0, 250_000));

    const error = await refusal((await open()).fetchFile(request));

    expect(error.code).toBe('integrity.digest');
    expect(server.requests.length).toBeLessThanOrEqual(2);
  });

  test('is begun anew when the server has nothing at that place', async () => {
    const { server, request } = await serve({ kind: 'status', status: 416, times: 1 });
    await writeFile(request.path, content.subarray(0, 250_000));

    await (await open()).fetchFile(request);

    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=250000-', undefined]);
  });
});

describe('logins', () => {
  async function loginFile(text: string): Promise<string> {
    const path = join(await scratchDirectory(), 'login');
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  test('are sent where the file names the host, and are in no error', async () => {
    const { server, request } = await serve({ kind: 'login', user: 'pve2c-0', password: 's3cret' });
    const { host } = new URL(server.url);
    const right = await loginFile(`machine http://${host} login pve2c-0 password s3cret\n`);
    const wrong = await loginFile(`machine http://${host} login pve2c-0 password s3cret0\n`);

    await (await open({ mirrors: [{ uri: server.url, authFile: right }] })).fetchFile(request);
    const error = await refusal(
      (await open({ mirrors: [{ uri: server.url, authFile: wrong }] })).fetchFile({
        ...request,
        path: `${request.path}2`,
      }),
    );

    expect(error.code).toBe('network.login');
    expect(error.hints.join()).toContain('The login was not accepted');
    expect(JSON.stringify([error.message, error.details, error.hints])).not.toMatch(/s3cret|pve2c/);
  });

  test('are not sent in clear unless the file says http, and never after a redirect to another host', async () => {
    const elsewhere = await serve();
    const { server, request } = await serve({ kind: 'redirect', to: elsewhere.request.uri });
    const { hostname, host } = new URL(server.url);
    const clear = await loginFile(`machine ${host} login u password p\n`);
    const http = await loginFile(`machine http://${hostname} login u password p\n`);

    await (await open({ mirrors: [{ uri: server.url, authFile: clear }] })).fetchFile(request);
    const mirrors = [server, elsewhere.server].map(({ url }) => ({ uri: url, authFile: http }));
    await (await open({ mirrors })).fetchFile({ ...request, path: `${request.path}2` });

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Basic dTpw']);
    expect(elsewhere.server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('in a file that others can read are used with a warning', async () => {
    const path = await loginFile('machine example.invalid login u password p\n');
    await chmod(path, 0o644);

    const downloader = await open({ mirrors: [{ uri: 'https://example.invalid', authFile: path }] });

    expect(downloader.warnings).toEqual([`Others can read the login in ${path}: run "chmod 600 ${path}".`]);
  });

  test('in a file that is not there are an error', async () => {
    const error = await refusal(
      open({ mirrors: [{ uri: 'https://example.invalid', authFile: '/no/such/file' }] }),
    );

    expect(error).toMatchObject({ code: 'config.authFile' });
  });
});

describe('proxies', () => {
  test('are used for http as the environment says, and not for its exceptions', async () => {
    const { server, request } = await serve();
    const proxy = await startForwardProxy(server.url);
    onTestFinished(() => proxy.close());
    const environment = { ALL_PROXY: proxy.url.replace('//', '//u:p@'), no_proxy: '127.0.0.0/8' };
    const downloader = await open({ environment });

    await downloader.fetchFile({ ...request, uri: 'http://mirror.invalid/file.deb' });
    await downloader.fetchFile({ ...request, path: `${request.path}2` });

    expect(await digestOf(request.path)).toBe(sha256);
    expect(proxy.requests).toEqual(['http://mirror.invalid/file.deb']);
    expect(proxy.logins).toEqual(['Basic dTpw']);
  });
});

describe('file: URIs', () => {
  test('are fetched and checked like others', async () => {
    const path = join(await scratchDirectory(), 'partial');
    const request = {
      uri: pathToFileURL(join(served, 'file.deb')).href,
      path,
      sizeBytes: content.length,
      sha256,
    };
    const downloader = await open();

    await downloader.fetchFile(request);
    const missing = await refusal(
      downloader.fetchFile({ ...request, uri: 'file:///no/such/file', path: `${path}2` }),
    );
    const wrong = await refusal(
      downloader.fetchFile({ ...request, sha256: '0'.repeat(64), path: `${path}3` }),
    );

    expect(await digestOf(path)).toBe(sha256);
    expect(missing.code).toBe('network.missing');
    expect(wrong.code).toBe('integrity.digest');
  });
});

describe('fetchSmall', () => {
  test('gives the bytes, asks for a fresh copy, and gives nothing for 404', async () => {
    const { server } = await serve();
    const downloader = await open();

    const found = await downloader.fetchSmall(`${server.url}/other.deb`, 5);
    const missing = await downloader.fetchSmall(`${server.url}/missing`, 5);
    const missingFile = await downloader.fetchSmall('file:///no/such/file', 5);

    expect(found?.toString()).toBe('other');
    expect(server.requests[0]?.headers['cache-control']).toBe('max-age=0');
    expect([missing, missingFile]).toEqual([undefined, undefined]);
  });

  test.each<[string, Fault | undefined]>([
    ['a file', undefined],
    ['a body', { kind: 'endless' }],
  ])('refuses %s that is larger than allowed', async (_, fault) => {
    const { request } = await serve(fault);

    const error = await refusal((await open()).fetchSmall(request.uri, 1000));

    expect(error.code).toBe('integrity.size');
  });

  test('tries again as fetchFile does', async () => {
    const { request } = await serve({ kind: 'truncate', afterBytes: 10, times: 2 });

    const found = await (await open()).fetchSmall(request.uri, content.length);

    expect(found?.equals(content)).toBe(true);
  });
});

describe('fetchAll', () => {
  test('runs twice as many at a time as there are kept connections', async () => {
    const { server, request } = await serve(undefined, { latencyMs: 10 });
    const downloader = await open();
    let running = 0;
    let most = 0;

    await downloader.fetchAll(Array.from({ length: 20 }).keys(), async (index) => {
      most = Math.max(most, (running += 1));
      await downloader.fetchFile({ ...request, path: `${request.path}${index}` });
      running -= 1;
    });

    expect(server.requests).toHaveLength(20);
    expect(most).toBe(8);
    expect(server.connections()).toBeLessThanOrEqual(4);
  });

  test('ends at the first failure, which it throws', async () => {
    const { server, request } = await serve({ kind: 'stall', afterBytes: 10 });
    const downloader = await open();
    const begun: number[] = [];

    const error = await refusal(
      downloader.fetchAll(Array.from({ length: 50 }).keys(), async (index, signal) => {
        begun.push(index);
        const uri = index === 2 ? `${server.url}/missing` : request.uri;
        await downloader.fetchFile({ ...request, uri, path: `${request.path}${index}` }, { signal });
      }),
    );

    expect(error.code).toBe('network.missing');
    expect(begun.length).toBeLessThan(10);
  });
});
