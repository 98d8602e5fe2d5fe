/**
 * Serves a store's baselines over HTTP, read-only. Invariant: an answer with a body is a regular file below
 * `baselines/` or `medium/` that `offeredPath` permits, and no part of its path is a link. No client has more than its
 * share of the connections, however slowly it sends or reads.
 */
import { lstat, realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename, join, sep } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import type { ListenAddress } from '../domain/listen-address.ts';
import { reachableAddresses, urlHost, type InterfaceAddress } from '../domain/reachable-addresses.ts';
import { offeredDirectoryName, offeredPath } from '../../store/domain/offered-path.ts';
import type { ServedRequest } from '../domain/serve-report.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import type { Store } from '../../store/adapters/store.ts';
import { endSlowReaders, limitEachClient } from './slow-clients.ts';

export interface StoreServer {
  url: string;
  /** URLs that other hosts can use. */
  addresses: string[];
  /** Lets active answers finish, for a second at most. */
  close(): Promise<void>;
}

export interface ServeLimits {
  connections: number;
  /** Connections of one client; apt uses one for each server. */
  clientConnections: number;
  headerBytes: number;
  /** Until all headers of a request are there. */
  headersMs: number;
  /** Without a byte in either direction. */
  idleMs: number;
  /** A client that takes less than `slowestBytes` of an answer in `progressMs` is cut off. */
  progressMs: number;
  slowestBytes: number;
  closingMs: number;
}

/** Generous for a site's hosts, and small enough that nobody can exhaust the machine. */
export const serveLimits: Readonly<ServeLimits> = {
  connections: 256,
  clientConnections: 32,
  headerBytes: 8 * 1024,
  headersMs: 10_000,
  idleMs: 60_000,
  progressMs: 60_000,
  slowestBytes: 16 * 1024,
  closingMs: 1000,
};

/**
 * Listens; `onListening` is called before the first request can be answered.
 * @throws PommgrError `state.address` where nothing can listen there.
 */
export async function openStoreServer(
  store: Store,
  options: {
    listen: ListenAddress;
    onListening?: () => void;
    onRequest: (request: ServedRequest) => void;
    /** Those that differ from `serveLimits`. */
    limits?: Partial<ServeLimits>;
  },
): Promise<StoreServer> {
  const limits = { ...serveLimits, ...options.limits };
  const { default: send } = await import('send');
  const baselines = await realpath(store.baselines);
  const medium = join(await realpath(store.directory), basename(store.medium));
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.headersMs,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    },
    (request, response) => void answer(request, response).catch(() => refuse(response, 500)),
  );
  server.maxConnections = limits.connections;
  server.timeout = limits.idleMs;
  limitEachClient(server, limits.clientConnections);
  endSlowReaders(server, limits);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    tellAtEnd(request, response, options.onRequest);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const { method, url: target = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, 405);
    } else if (hasBody(request)) refuse(response, 400);
    else {
      const parts = offeredPath(target);
      const [first, ...rest] = parts ?? [];
      const top = first === offeredDirectoryName ? baselines : medium;
      if (parts === undefined || !(await isPlainFile(top, rest))) refuse(response, 404);
      else {
        const path = rest.map(encodeURIComponent).join('/');
        send(request, path, { root: top, index: false, dotfiles: 'ignore' }).pipe(response);
      }
    }
  }

  const address = await listen(server, options.listen, options.onListening);
  const { address: host, port } = address;
  return {
    url: `http://${urlHost(host)}:${port}`,
    addresses: reachableAddresses({ host, port }, interfaceAddresses()),
    close: () => close(server, limits.closingMs),
  };
}

function interfaceAddresses(): InterfaceAddress[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}

async function listen(
  server: Server,
  { host, port }: ListenAddress,
  onListening: () => void = () => {},
): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, `${host}:${port}`)));
    server.listen({ host, port }, () => {
      try {
        onListening();
        resolve();
      } catch (error) {
        server.close();
        reject(error);
      }
    });
  });
  return server.address() as AddressInfo;
}

function cannotListen(error: Error, where: string): PommgrError {
  return new PommgrError('state.address', `Nothing can listen at ${where}: ${error.message}.`, {
    hints: [
      systemErrorCode(error) === 'EADDRINUSE'
        ? 'Another program listens there. Choose another port with --listen.'
        : 'Name an address of this machine with --listen, e.g. 192.0.2.7:8474.',
    ],
    details: { address: where },
    cause: error,
  });
}

async function close(server: Server, closingMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), closingMs);
  await closed;
  clearTimeout(late);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

const refusals = { 400: 'Bad request\n', 404: 'Not found\n', 405: 'Not allowed\n', 500: 'Failed\n' };

/** apt continues with the next file after a 404; after any other refusal, the client may keep sending. */
function refuse(response: ServerResponse, status: keyof typeof refusals): void {
  const text = refusals[status];
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': text.length,
    ...(status === 404 ? {} : { Connection: 'close' }),
  });
  response.end(text);
}

/** No part of the way is a link, and at its end is a file. */
async function isPlainFile(top: string, parts: readonly string[]): Promise<boolean> {
  const path = join(top, ...parts);
  try {
    return (await realpath(path)) === path && path.startsWith(top + sep) && (await lstat(path)).isFile();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EACCES', 'ELOOP'].includes(systemErrorCode(error) ?? '')) {
      return false;
    }
    throw error;
  }
}

function tellAtEnd(
  { socket, method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  tell: (request: ServedRequest) => void,
): void {
  const address = socket.remoteAddress ?? '';
  const target = url.replaceAll(/[^!-~]/g, '?');
  const before = socket.bytesWritten;
  response.once('close', () => {
    const wholeBytes = method === 'HEAD' ? 0 : Number(response.getHeader('content-length') ?? 0);
    // Includes its headers if the client disconnected in the middle: nobody needs it more exactly.
    const sentBytes = response.writableFinished ? wholeBytes : socket.bytesWritten - before;
    tell({ address, method, target, status: response.statusCode, sentBytes });
  });
}
