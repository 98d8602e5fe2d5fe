/** Many tasks that want the same digests, from a server that stalls, breaks off, lies and resumes. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import { openHasherPool, type HasherPool } from '../../src/core/adapters/hashing.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import type { ListedFact } from '../../src/core/domain/listed-fact.ts';
import { openPoolFetcher, type PoolFetcher } from '../../src/mirror/adapters/pool-fetcher.ts';
import { openPool, type Pool } from '../../src/mirror/adapters/pool.ts';
import { openDownloader, type Downloader } from '../../src/upstream/adapters/download.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const digest = (name: string, data: Uint8Array): string => createHash(name).update(data).digest('hex');

function factOf(data: Uint8Array): Required<ListedFact> {
  return {
    sizeBytes: data.length,
    sha256: digest('sha256', data),
    sha512: digest('sha512', data),
    sha1: digest('sha1', data),
    md5: digest('md5', data),
  };
}

/** Mulberry32: the same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

let pool: Pool;
let hashers: HasherPool;
let downloader: Downloader;
let files: PoolFetcher;
let server: Server | undefined;
let warnings: string[];

beforeEach(async () => {
  pool = openPool(join(await scratchDirectory(), 'base'));
  hashers = openHasherPool(1);
  const signal = new AbortController().signal;
  downloader = await openDownloader({
    concurrency: 24,
    retries: 2,
    timeoutSeconds: 0.3,
    mirrors: [],
    signal,
    hashers,
    environment: {},
    firstDelayMs: 1,
  });
  const context = testContext();
  warnings = context.warnings;
  files = openPoolFetcher({ pool, downloader, hashers, context });
});

afterEach(async () => {
  await files.close();
  await downloader.close();
  await hashers.close();
  server?.closeAllConnections();
  server?.close();
});

async function serve(
  answer: (path: string, from: number, response: ServerResponse) => void,
): Promise<string> {
  server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    answer(new URL(request.url ?? '/', 'http://x').pathname, from, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The rest of a file, told as a range where there is a beginning. */
function send(data: Buffer, from: number, response: ServerResponse, cutAt?: number): void {
  const head =
    from === 0
      ? { 'content-length': data.length }
      : {
          'content-length': data.length - from,
          'content-range': `bytes ${from}-${data.length - 1}/${data.length}`,
        };
  response.writeHead(from === 0 ? 200 : 206, head);
  if (cutAt === undefined) response.end(data.subarray(from));
  else response.write(data.subarray(from, cutAt));
}

/** Every name in the pool, against the bytes that it leads to. */
function wrongNames(): string[] {
  return (['sha256', 'sha512'] as const).flatMap((algorithm) => {
    const directory = join(pool.baseDir, '.pool', algorithm);
    return readdirSync(directory).filter(
      (name) => digest(algorithm, readFileSync(join(directory, name))) !== name,
    );
  });
}

describe('a pool fetcher', () => {
  it.each([
    { seed: 1, isOneOfMany: false },
    { seed: 2, isOneOfMany: true },
  ])('keeps the pool right whatever the interleaving (%o)', async ({ seed, isOneOfMany }) => {
    const random = numbers(seed);
    const contents = Array.from({ length: 200 }, (_, index) => {
      const data = Buffer.alloc(1 + Math.floor(random() * 6000));
      for (let at = 0; at < data.length; at += 1)
        data[at] = (index + at * 7 + Math.floor(random() * 4)) & 0xff;
      return data;
    });
    const answers = { whole: 0, cut: 0, stall: 0, lie: 0, late: 0, status: 0 };
    const url = await serve((path, from, response) => {
      const data = contents[Number(/(\d+)$/.exec(path)?.[1])] ?? Buffer.alloc(0);
      const kind = random();
      const cutAt = from + Math.floor(random() * (data.length - from));
      if (kind < 0.55) {
        answers.whole += 1;
        send(data, kind < 0.1 ? 0 : from, response);
      } else if (kind < 0.68) {
        answers.cut += 1;
        send(data, from, response, cutAt);
        setTimeout(() => response.destroy(), random() * 10);
      } else if (kind < 0.7) {
        answers.stall += 1;
        send(data, from, response, cutAt);
      } else if (kind < 0.85) {
        // The right length and other bytes, some of it in the middle.
        answers.lie += 1;
        const lie = Buffer.from(data);
        const at = Math.floor(random() * data.length);
        lie[at] = (lie[at] ?? 0) ^ 0xff;
        send(lie, from, response);
      } else if (kind < 0.95) {
        answers.late += 1;
        setTimeout(() => send(data, from, response), random() * 20);
      } else {
        answers.status += 1;
        response.writeHead(random() < 0.5 ? 404 : 503).end();
      }
    });
    const facts = contents.map(factOf);
    const wanted = Array.from({ length: 2000 }, () => Math.floor(random() * 200));
    const failures: string[] = [];
    let done = 0;

    await downloader.fetchAll(wanted, async (number, signal) => {
      const fact = facts[number];
      if (fact === undefined) throw new Error('no such file');
      // Some ask with every digest, some with SHA-256 alone; each by a name of its own.
      const { sizeBytes, sha256 } = fact;
      const asked = random() < 0.5 ? fact : { sizeBytes, sha256 };
      try {
        await files.obtain(asked, [`${url}/${done}/${number}`, `${url}/again/${number}`], {
          signal,
          isOneOfMany,
        });
        expect(pool.stateOf(asked)).toBe('present');
        expect(digest('sha256', readFileSync(pool.pathOf(sha256)))).toBe(sha256);
      } catch (error) {
        if (!(error instanceof PommgrError) || !/^(?:network|integrity)\./.test(error.code)) throw error;
        failures.push(error.code);
      }
      done += 1;
      if (done % 50 === 0) expect(wrongNames()).toEqual([]);
    });

    expect(wrongNames()).toEqual([]);
    expect(Math.min(...Object.values(answers))).toBeGreaterThan(0);
    // Failures are told, and none of them left a file under a name.
    // A thread gives a lie back, and the next answer is seldom another lie.
    if (!isOneOfMany) expect(new Set(failures)).toContain('integrity.digest');
    expect(readdirSync(join(pool.baseDir, '.pool/sha256')).length).toBeGreaterThan(190);
  });

  it('fetches a digest once, whoever asks', async () => {
    const data = Buffer.from('the same 32 bytes of every suite.');
    let requests = 0;
    const url = await serve((_, from, response) => {
      requests += 1;
      setTimeout(() => send(data, from, response), 20);
    });
    const names = Array.from({ length: 40 }, (_, index) => `${url}/${index}`);

    const fetched = await Promise.all(names.map((uri) => files.obtain(factOf(data), [uri])));

    expect(requests).toBe(1);
    expect(fetched.filter(Boolean)).toEqual([true]);
  });

  it('lets the next one try where the first fails', async () => {
    const data = Buffer.from('content');
    const url = await serve((path, from, response) => {
      if (path === '/gone') setTimeout(() => response.writeHead(404).end(), 20);
      else send(data, from, response);
    });

    const [first, second] = await Promise.allSettled([
      files.obtain(factOf(data), [`${url}/gone`]),
      files.obtain(factOf(data), [`${url}/there`]),
    ]);

    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    expect(wrongNames()).toEqual([]);
  });

  it.each([
    ['refused', (response: ServerResponse) => response.writeHead(403).end()],
    [
      'redirected in a circle',
      (response: ServerResponse) => response.writeHead(302, { location: '/a' }).end(),
    ],
    ['of other bytes', (response: ServerResponse) => response.end('others')],
  ])('asks the next URI where the first is %s', async (_, refuse) => {
    const data = Buffer.from('content');
    const url = await serve((path, from, response) => {
      if (path === '/a') refuse(response);
      else send(data, from, response);
    });

    await files.obtain(factOf(data), [`${url}/a`, `${url}/b`]);

    expect(pool.stateOf(factOf(data))).toBe('present');
  });

  it('compares a file that is there with a SHA-512 that was not given before', async () => {
    const data = Buffer.from('content');
    const url = await serve((_, from, response) => send(data, from, response));
    const { sha512, ...known } = factOf(data);
    await files.obtain(known, [url]);

    await expect(
      files.obtain({ ...known, sha512: digest('sha512', Buffer.from('x')) }, [url]),
    ).rejects.toMatchObject({
      code: 'integrity.digest',
    });
    expect(await readdir(join(pool.baseDir, '.pool/sha512'))).toEqual([]);
    expect(await files.obtain({ ...known, sha512 }, [url])).toBe(false);
    expect(await readdir(join(pool.baseDir, '.pool/sha512'))).toEqual([sha512]);
  });

  it('sets aside what was damaged since, says so and fetches it again', async () => {
    const data = Buffer.from('content');
    const url = await serve((_, from, response) => send(data, from, response));
    const fact = factOf(data);
    await files.obtain(fact, [url]);
    await writeFile(pool.pathOf(fact.sha256), 'c0ntent');

    expect(await files.renewIfDamaged(fact, [url])).toBe(true);
    expect(await files.renewIfDamaged(fact, [url])).toBe(false);

    expect(wrongNames()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining(`set aside as ${pool.baseDir}/.pommgr/set-aside/`)]);
  });

  it('leaves the partial files of another run alone', async () => {
    const data = Buffer.from('content that the other run has the beginning of');
    const url = await serve((_, from, response) => send(data, from, response));
    const fact = factOf(data);
    const theirs = await pool.partialPath(fact.sha256);
    await writeFile(theirs, data.subarray(0, 10));
    const lock = await lockFile(join(pool.baseDir, '.pommgr/partial.lock'), 'the other run');

    await files.obtain(fact, [url]);
    await lock.release();

    expect(readFileSync(theirs)).toEqual(data.subarray(0, 10));
    expect(wrongNames()).toEqual([]);
  });
});
