/** Threads that fetch files with several requests on their way: from servers that do it right, and from all others. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFetchThreads, type FetchThreads } from '../../src/upstream/adapters/fetch-threads.ts';
import { scratchDirectory } from '../support/scratch.ts';

const digest = (name: string, data: Uint8Array): string => createHash(name).update(data).digest('hex');

/** Many of one length, so that an answer to another request looks right but for its bytes; two are large. */
const contents = Array.from({ length: 60 }, (_, number) =>
  Buffer.alloc(number % 20 === 7 ? 400_000 : 1000, `file ${number} `),
);
const ok = (data: Buffer, more = ''): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${data.length}\r\n${more}\r\n`), data]);

interface Turn {
  socket: Socket;
  /** Files that were asked for and not answered on this connection, the earliest first; answering takes them out. */
  asked: number[];
  /** How many were answered on this connection. */
  answered: number;
}

interface Site {
  port: number;
  /** Most requests on their way on one connection, and for each request how many were before it. */
  depths: number[];
  connections: () => number;
}

/** Calls `answer` whenever requests have come in, once for all that came together. */
async function serve(answer: (turn: Turn) => void): Promise<Site> {
  const depths: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const turn: Turn = { socket, asked: [], answered: 0 };
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        turn.asked.push(Number(/^GET \/(\d+) /.exec(text)?.[1]));
        depths.push(turn.asked.length);
        text = text.slice(end + 4);
      }
      answer(turn);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, depths, connections: () => sockets.size };
}

/** One answer after the other, a little later, so that requests gather. */
function answerLater(turn: Turn, write: (turn: Turn, number: number) => void): void {
  setTimeout(() => {
    for (let number = turn.asked.shift(); number !== undefined; number = turn.asked.shift()) {
      if (turn.socket.destroyed) return;
      write(turn, number);
      turn.answered += 1;
    }
  }, 3);
}

const writeFile = ({ socket }: Turn, number: number): void =>
  void socket.write(ok(contents[number] ?? Buffer.alloc(0)));

async function openAll(site: Site, timeoutMs = 400) {
  const directory = await scratchDirectory();
  for (const name of ['partial', 'pool', 'other']) await mkdir(join(directory, name));
  const threads = openFetchThreads({ connections: 2, timeoutMs });
  onTestFinished(() => threads.close());
  return {
    directory,
    threads,
    fetchAll: () => Promise.all([...contents.keys()].map((number) => fetchOne(number))),
  };

  async function fetchOne(number: number, fetcher: FetchThreads = threads): Promise<boolean> {
    const data = contents[number] ?? Buffer.alloc(0);
    const sha512 = digest('sha512', data);
    let bytes = 0;
    const isTaken = await fetcher.fetch(
      {
        host: '127.0.0.1',
        port: site.port,
        head: `GET /${number} HTTP/1.1\r\nhost: x\r\n\r\n`,
        sizeBytes: data.length,
        digests: [
          ['sha256', digest('sha256', data)],
          ['sha512', sha512],
        ],
        path: join(directory, 'partial', String(number)),
        names: [join(directory, 'pool', String(number)), join(directory, 'other', sha512)],
      },
      (count) => (bytes += count),
    );
    expect(bytes).toBe(isTaken ? data.length : 0);
    expect(existsSync(join(directory, 'pool', String(number)))).toBe(isTaken);
    return isTaken;
  }
}

/** Whatever has a name has the right bytes, and the same under its other name. */
function checkNames(directory: string): void {
  for (const name of readdirSync(join(directory, 'pool'))) {
    const data = readFileSync(join(directory, 'pool', name));
    expect(data.equals(contents[Number(name)] ?? Buffer.alloc(0))).toBe(true);
    expect(existsSync(join(directory, 'other', digest('sha512', data)))).toBe(true);
  }
}

describe('a server that answers in order', () => {
  it('is asked for several files at once on each connection', async () => {
    const site = await serve((turn) => answerLater(turn, writeFile));
    const { directory, fetchAll } = await openAll(site);

    expect(await fetchAll()).toEqual(contents.map(() => true));

    checkNames(directory);
    expect(readdirSync(join(directory, 'partial'))).toEqual([]);
    expect(Math.max(...site.depths)).toBeGreaterThan(3);
    expect(Math.max(...site.depths)).toBeLessThanOrEqual(8);
    expect(site.connections()).toBe(2);
  });

  it.each<[string, (turn: Turn, number: number) => void]>([
    [
      'ends the connection after each third answer and says so',
      (turn, number) => {
        turn.socket.write(ok(contents[number] as Buffer, turn.answered === 2 ? 'Connection: close\r\n' : ''));
        if (turn.answered === 2) turn.socket.end();
      },
    ],
    [
      'ends the connection after each fifth answer without a word',
      (turn, number) => {
        writeFile(turn, number);
        if (turn.answered === 4) turn.socket.end();
      },
    ],
    [
      'cuts its answers into pieces',
      ({ socket }, number) => {
        const bytes = ok(contents[number] as Buffer);
        for (const [start, end] of [
          [0, 9],
          [9, 30],
          [30, 60],
          [60, 900],
        ] as const)
          socket.write(bytes.subarray(start, end));
        socket.write(bytes.subarray(900));
      },
    ],
  ])('gives all files where it %s', async (_, write) => {
    const site = await serve((turn) => {
      turn.socket.setNoDelay(true);
      answerLater(turn, write);
    });
    const { directory, fetchAll } = await openAll(site);

    expect(await fetchAll()).toEqual(contents.map(() => true));

    checkNames(directory);
  });
});

describe('a server that does pipelining wrong', () => {
  it.each<[string, (turn: Turn) => void]>([
    [
      'answers the last request first',
      (turn) => {
        setTimeout(() => {
          for (const number of turn.asked.splice(0).toReversed()) writeFile(turn, number);
        }, 3);
      },
    ],
    [
      'forgets all requests but the first',
      (turn) => {
        setTimeout(() => {
          for (const number of turn.asked.splice(0).slice(0, 1)) writeFile(turn, number);
        }, 3);
      },
    ],
    [
      'closes the connection when there are two',
      (turn) => {
        if (turn.asked.length > 1) turn.socket.destroy();
        else answerLater(turn, writeFile);
      },
    ],
    [
      'gives every file twice',
      (turn) =>
        answerLater(turn, (_, number) => {
          writeFile(turn, number);
          if (turn.answered % 2 === 1) writeFile(turn, number);
        }),
    ],
    [
      'writes something between answers',
      (turn) =>
        answerLater(turn, (_, number) => {
          if (turn.answered % 3 === 2) turn.socket.write('\r\n<!-- -->');
          writeFile(turn, number);
        }),
    ],
    [
      'mixes the bytes of two answers',
      (turn) => {
        setTimeout(() => {
          const [first, second, ...others] = turn.asked.splice(0);
          if (first === undefined) return;
          const mixed = Buffer.from(contents[first] as Buffer);
          if (second !== undefined) (contents[second] as Buffer).copy(mixed, 500, 500);
          turn.socket.write(ok(mixed));
          for (const number of [...(second === undefined ? [] : [second]), ...others])
            writeFile(turn, number);
        }, 3);
      },
    ],
  ])('is asked for one file at a time from then on, where it %s', async (_, answer) => {
    const site = await serve(answer);
    const { directory, threads, fetchAll } = await openAll(site, 60_000);

    const taken = await fetchAll();
    checkNames(directory);
    const asked = site.depths.length;
    // Each thread has found out by now; with files of the same server it makes the mistake no more.
    await Promise.all([...contents.keys()].map((number) => again(threads, { site, number, directory })));

    // What went wrong before that was noticed may be left to another client.
    expect(taken.filter((isTaken) => !isTaken).length).toBeLessThanOrEqual(4);
    expect(Math.max(...site.depths.slice(0, asked))).toBeGreaterThan(1);
    expect(Math.max(...site.depths.slice(asked))).toBe(1);
  });

  async function again(
    threads: FetchThreads,
    { site, number, directory }: { site: Site; number: number; directory: string },
  ): Promise<void> {
    const data = contents[number] as Buffer;
    const isTaken = await threads.fetch(
      {
        host: '127.0.0.1',
        port: site.port,
        head: `GET /${number} HTTP/1.1\r\nhost: x\r\n\r\n`,
        sizeBytes: data.length,
        digests: [['sha256', digest('sha256', data)]],
        path: join(directory, `again-${number}`),
        names: [join(directory, 'other', String(number))],
      },
      () => {},
    );
    if (isTaken) expect(readFileSync(join(directory, 'other', String(number))).equals(data)).toBe(true);
  }
});

describe('an answer that is not plain', () => {
  it.each<[string, (turn: Turn, number: number) => void]>([
    ['of status 404', ({ socket }) => void socket.write('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n')],
    [
      'that redirects',
      ({ socket }) => void socket.write('HTTP/1.1 302 No\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
    ],
    [
      'of HTTP/1.0',
      ({ socket }, number) =>
        void socket.write(
          Buffer.from(
            ok(contents[number] as Buffer)
              .toString('latin1')
              .replace('1.1', '1.0'),
            'latin1',
          ),
        ),
    ],
    [
      'in chunks',
      ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
    ['of another length', ({ socket }) => void socket.write(ok(Buffer.alloc(999)))],
    [
      'of other bytes',
      ({ socket }, number) => void socket.write(ok(Buffer.alloc(contents[number]?.length ?? 0))),
    ],
    [
      'with two lengths',
      ({ socket }, number) => void socket.write(ok(contents[number] as Buffer, 'Content-Length: 1\r\n')),
    ],
    [
      'without an end to its head',
      ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`),
    ],
    [
      'that breaks off',
      ({ socket }, number) => void socket.end(ok(contents[number] as Buffer).subarray(0, 500)),
    ],
    ['that is silent', () => {}],
    [
      'that stops in the middle',
      ({ socket }, number) => void socket.write(ok(contents[number] as Buffer).subarray(0, 500)),
    ],
  ])('%s leaves the file to another client, and gives it no name', async (_, write) => {
    const site = await serve((turn) => answerLater(turn, write));
    const { directory, fetchAll } = await openAll(site, 150);

    expect(await fetchAll()).toEqual(contents.map(() => false));

    expect(readdirSync(join(directory, 'pool'))).toEqual([]);
    expect(readdirSync(join(directory, 'other'))).toEqual([]);
    // Of a large file the beginning may be there: right bytes, as whoever goes on with it will find.
    for (const name of readdirSync(join(directory, 'partial'))) {
      const data = readFileSync(join(directory, 'partial', name));
      expect((contents[Number(name)] as Buffer).subarray(0, data.length).equals(data)).toBe(true);
    }
  });

  it('leaves the others alone', async () => {
    const site = await serve((turn) =>
      answerLater(turn, (_, number) => {
        if (number % 10 === 3) turn.socket.write('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n');
        else writeFile(turn, number);
      }),
    );
    const { directory, fetchAll } = await openAll(site);

    expect(await fetchAll()).toEqual(contents.map((_, number) => number % 10 !== 3));

    checkNames(directory);
  });
});

it('touches no file that is there, and gives back what it may not write', async () => {
  const site = await serve((turn) => answerLater(turn, writeFile));
  const { directory, fetchAll } = await openAll(site);
  for (const number of [5, 7]) writeFileSync(join(directory, 'partial', String(number)), 'of an earlier run');

  const taken = await fetchAll();

  expect(taken.flatMap((isTaken, number) => (isTaken ? [] : [number]))).toEqual([5, 7]);
  expect(readFileSync(join(directory, 'partial/7'), 'utf8')).toBe('of an earlier run');
});

it('gives back everything that is under way when it is stopped, and takes nothing more', async () => {
  const site = await serve(() => {});
  const { directory, threads, fetchAll } = await openAll(site, 60_000);
  const all = fetchAll();
  await expect.poll(() => site.depths.length).toBe(2);

  threads.stop();

  expect(await all).toEqual(contents.map(() => false));
  expect(await fetchAll()).toEqual(contents.map(() => false));
  expect(readdirSync(join(directory, 'pool'))).toEqual([]);
});
