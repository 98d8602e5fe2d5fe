/** Servers as they are: answers of every kind over plain sockets, taken or refused as apt takes and refuses them. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openHasherPool, type HasherPool } from '../../src/core/adapters/hashing.ts';
import { openDownloader, type Downloader } from '../../src/upstream/adapters/download.ts';
import { encodePath } from '../../src/upstream/domain/uri-path.ts';
import { scratchDirectory } from '../support/scratch.ts';

const content = Buffer.from('The content of the file, some sixty bytes of it, no more.\n');
const sha256 = createHash('sha256').update(content).digest('hex');
const half = 20;
let hashers: HasherPool;

beforeAll(() => {
  hashers = openHasherPool(1);
});
afterAll(() => hashers.close());

interface Request {
  path: string;
  /** Of the range that was asked for; 0 without one. */
  from: number;
  /** Counts all requests of the server from 1 on. */
  number: number;
  socket: Socket;
}

/** Answers each request by writing to its connection, whatever that may be. */
async function serve(answer: (request: Request) => void): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        const path = head.split(' ')[1] ?? '';
        paths.push(path);
        answer({
          path,
          from: Number(/range: bytes=(\d+)-/i.exec(head)?.[1] ?? 0),
          number: paths.length,
          socket,
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

async function open(retries = 2): Promise<Downloader> {
  const downloader = await openDownloader({
    concurrency: 4,
    retries,
    timeoutSeconds: 1,
    firstDelayMs: 1,
    mirrors: [],
    signal: new AbortController().signal,
    hashers,
    environment: {},
  });
  onTestFinished(() => downloader.close());
  return downloader;
}

/** Fetches the file, with its first half there already where `resumes`. */
async function fetchFrom(url: string, { resumes = false, retries = 2 } = {}): Promise<Buffer> {
  const path = join(await scratchDirectory(), 'partial');
  if (resumes) await writeFile(path, content.subarray(0, half));
  await (await open(retries)).fetchFile({ uri: `${url}/file`, path, sizeBytes: content.length, sha256 });
  return await readFile(path);
}

function respond(socket: Socket, head: string, body: Uint8Array = Buffer.alloc(0)): void {
  socket.write(Buffer.concat([Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\n`), body]));
}

const whole = `HTTP/1.1 200 OK\nContent-Length: ${content.length}`;
const rest = content.subarray(half);

const taken: { name: string; resumes?: boolean; answer: (request: Request) => void }[] = [
  ...[200, 201, 203].map((status) => ({
    name: `status ${status}`,
    answer: ({ socket }: Request) =>
      respond(socket, `HTTP/1.1 ${status} X\nContent-Length: ${content.length}`, content),
  })),
  {
    name: '206 for the whole file, with its range',
    answer: ({ socket }) =>
      respond(
        socket,
        `HTTP/1.1 206 X\nContent-Length: ${content.length}\nContent-Range: bytes 0-${content.length - 1}/${content.length}`,
        content,
      ),
  },
  {
    name: '206 for the whole file, without a range',
    answer: ({ socket }) => respond(socket, `HTTP/1.1 206 X\nContent-Length: ${content.length}`, content),
  },
  {
    name: 'HTTP/1.0 without a length',
    answer: ({ socket }) => {
      respond(socket, 'HTTP/1.0 200 OK', content);
      socket.end();
    },
  },
  {
    name: 'chunks, with extensions and a trailer',
    answer: ({ socket }) =>
      respond(
        socket,
        'HTTP/1.1 200 OK\nTransfer-Encoding: chunked',
        Buffer.concat([
          Buffer.from('a;name=value\r\n'),
          content.subarray(0, 10),
          Buffer.from(`\r\n${(content.length - 10).toString(16)}\r\n`),
          content.subarray(10),
          Buffer.from('\r\n0\r\nX-Trailer: y\r\n\r\n'),
        ]),
      ),
  },
  {
    name: 'headers in odd letters and spacing',
    answer: ({ socket }) =>
      respond(socket, `HTTP/1.1 200\ncOnTeNt-LeNgTh:${content.length}\nX-Empty:\nServer:  x `, content),
  },
  {
    name: 'one byte at a time',
    answer: ({ socket }) => {
      respond(socket, whole);
      for (const byte of content) socket.write(Buffer.from([byte]));
    },
  },
  {
    name: '416 for a range',
    resumes: true,
    answer: ({ socket, from }) =>
      from > 0 ? respond(socket, 'HTTP/1.1 416 X\nContent-Length: 0') : respond(socket, whole, content),
  },
  {
    name: 'the whole file for a range',
    resumes: true,
    answer: ({ socket }) => respond(socket, whole, content),
  },
  {
    name: 'the whole file as 206 for a range',
    resumes: true,
    answer: ({ socket }) =>
      respond(
        socket,
        `HTTP/1.1 206 X\nContent-Length: ${content.length}\nContent-Range: bytes 0-${content.length - 1}/*`,
        content,
      ),
  },
  {
    name: 'another range than asked for',
    resumes: true,
    answer: ({ socket, from }) =>
      from > 0
        ? respond(
            socket,
            `HTTP/1.1 206 X\nContent-Length: 1\nContent-Range: bytes 5-5/${content.length}`,
            Buffer.from('x'),
          )
        : respond(socket, whole, content),
  },
  {
    name: 'a range without saying which',
    resumes: true,
    answer: ({ socket, from }) =>
      from > 0
        ? respond(socket, `HTTP/1.1 206 X\nContent-Length: ${rest.length}`, rest)
        : respond(socket, whole, content),
  },
  {
    name: 'less of the range than there is',
    resumes: true,
    answer: ({ socket, from }) =>
      from > 0
        ? respond(
            socket,
            `HTTP/1.1 206 X\nContent-Length: 3\nContent-Range: bytes ${from}-${from + 2}/${content.length}`,
            rest.subarray(0, 3),
          )
        : respond(socket, whole, content),
  },
  {
    name: 'a body that ends early, then its rest',
    answer: ({ socket, from }) => {
      if (from === 0) {
        respond(socket, whole, content.subarray(0, half));
        socket.end();
      } else {
        respond(
          socket,
          `HTTP/1.1 206 X\nContent-Length: ${content.length - from}\nContent-Range: bytes ${from}-${content.length - 1}/${content.length}`,
          content.subarray(from),
        );
      }
    },
  },
];

describe('a file is taken', () => {
  it.each(taken)('from a server that sends $name', async ({ resumes = false, answer }) => {
    const { url } = await serve(answer);

    expect(await fetchFrom(url, { resumes })).toEqual(content);
  });

  it.each([1, 7, 100])('after %i redirects, to the same host and another', async (count) => {
    const { url } = await serve(({ socket, path }) => {
      const step = Number(/^\/(\d+)$/.exec(path)?.[1] ?? 0);
      const host = step % 2 === 0 ? '' : url.replace('127.0.0.1', 'localhost');
      if (step < count) respond(socket, `HTTP/1.1 302 X\nLocation: ${host}/${step + 1}\nContent-Length: 0`);
      else respond(socket, whole, content);
    });

    expect(await fetchFrom(url)).toEqual(content);
  });
});

describe('a file is refused', () => {
  it.each<[string, (request: Request) => void, string]>([
    [
      'more than it announces',
      ({ socket }) =>
        respond(
          socket,
          `HTTP/1.1 200 OK\nContent-Length: ${content.length + 1}`,
          Buffer.concat([content, Buffer.from('x')]),
        ),
      'integrity.size',
    ],
    [
      'less, and says so',
      ({ socket }) => respond(socket, `HTTP/1.1 200 OK\nContent-Length: ${half}`, content.subarray(0, half)),
      'integrity.size',
    ],
    [
      'a page of a login portal',
      ({ socket }) => respond(socket, 'HTTP/1.1 200 OK\nContent-Length: 6', Buffer.from('<html>')),
      'integrity.size',
    ],
    [
      'redirects in a circle',
      ({ socket, path }) =>
        respond(socket, `HTTP/1.1 302 X\nLocation: ${path === '/a' ? '/b' : '/a'}\nContent-Length: 0`),
      'network.redirect',
    ],
    [
      '416 for the whole file',
      ({ socket }) => respond(socket, 'HTTP/1.1 416 X\nContent-Length: 0'),
      'network.range',
    ],
    ['no HTTP', ({ socket }) => socket.end('SSH-2.0-x\r\n'), 'network.connection'],
  ])('from a server that sends %s', async (_, answer, code) => {
    const { url } = await serve(answer);

    await expect(fetchFrom(url)).rejects.toMatchObject({ code });
  });
});

describe('a connection that is kept', () => {
  it.each([
    [
      'ends after each answer without a word',
      ({ socket }: Request) => {
        respond(socket, whole, content);
        setTimeout(() => socket.end(), 1);
      },
    ],
    [
      'is reset after each answer',
      ({ socket }: Request) => {
        respond(socket, whole, content);
        setTimeout(() => socket.resetAndDestroy(), 2);
      },
    ],
    [
      'has more bytes on it than its answer',
      ({ socket }: Request) => respond(socket, whole, Buffer.concat([content, Buffer.from('JUNK')])),
    ],
    [
      'is closed by the next request',
      ({ socket, number }: Request) => {
        if (number % 3 === 0) socket.destroy();
        else respond(socket, whole, content);
      },
    ],
  ])('costs no download where it %s', async (_, answer) => {
    const { url } = await serve(answer);
    const directory = await scratchDirectory();
    const downloader = await open(4);
    const numbers = Array.from({ length: 60 }, (__, index) => index);

    await downloader.fetchAll(numbers, async (number) => {
      const path = join(directory, String(number));
      await downloader.fetchFile({ uri: `${url}/${number}`, path, sizeBytes: content.length, sha256 });
      expect(await readFile(path)).toEqual(content);
    });
  });
});

it('asks for paths as apt 2.6 and 3.0 do', async () => {
  const name = "pool/h/a+b~c d%41@=:,!$&'()*;[x]^_`{|}é.deb";
  const { url, paths } = await serve(({ socket }) => respond(socket, whole, content));
  const path = join(await scratchDirectory(), 'partial');

  await (await open()).fetchFile({
    uri: `${url}/${encodePath(name)}`,
    path,
    sizeBytes: content.length,
    sha256,
  });

  // Seen on the wire of both; "`{|}^" are data to them, and any server decodes them alike.
  expect(
    paths.map((one) => one.replaceAll(/%(?:5E|60|7B|7C|7D)/g, (text) => decodeURIComponent(text))),
  ).toEqual(["/pool/h/a%2bb%7ec%20d%2541@=:,!$&'()*;[x]^_`{|}%c3%a9.deb"]);
});
