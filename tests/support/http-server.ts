/** A web server on loopback that serves a directory, records what it was asked, and fails where it is told to. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What goes wrong at a path; with `times` only for so many requests, then the file is served. */
export type Fault = { times?: number } & (
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** Right headers, `afterBytes` of the body, then the connection is cut. */
  | { kind: 'truncate'; afterBytes: number }
  /** Right headers, `afterBytes` of the body, then silence. Without `afterBytes` not even headers. */
  | { kind: 'stall'; afterBytes?: number }
  /** Right length, other bytes. */
  | { kind: 'wrong-bytes' }
  /** A body with no length and no end. */
  | { kind: 'endless' }
  | { kind: 'redirect'; to: string; status?: number }
  | { kind: 'login'; user: string; password: string }
);

export interface ServerOptions {
  /** By path with its leading slash; `*` is for every path that has none of its own. May be changed at any time. */
  faults?: Record<string, Fault>;
  latencyMs?: number;
  /** Default: true. */
  ranges?: boolean;
  /** Default: false. */
  etag?: boolean;
}

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
}

export interface DirectoryServer {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  url: string;
  requests: RecordedRequest[];
  faults: Record<string, Fault>;
  /** Connections accepted so far. */
  connections: () => number;
  close(): Promise<void>;
}

/** Serves `directory` on a free port of loopback. */
export async function serveDirectory(
  directory: string,
  options: ServerOptions = {},
): Promise<DirectoryServer> {
  const requests: RecordedRequest[] = [];
  const faults = { ...options.faults };
  let connections = 0;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://loopback').pathname;
    requests.push({ method: request.method ?? '', path, headers: request.headers });
    const answer = async () => {
      if (options.latencyMs) await new Promise((resolve) => setTimeout(resolve, options.latencyMs));
      const fault = takeFault(faults, path);
      if (fault === undefined || passesLogin(fault, request)) {
        await sendFile(join(directory, decodeURIComponent(path)), { request, response, options });
      } else {
        await sendFault(join(directory, decodeURIComponent(path)), fault, response);
      }
    };
    // A client that hangs up early is no failure of the server.
    answer().catch(() => response.destroy());
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    faults,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function takeFault(faults: Record<string, Fault>, path: string): Fault | undefined {
  const key = faults[path] === undefined ? '*' : path;
  const fault = faults[key];
  if (fault?.times === undefined) return fault;
  fault.times -= 1;
  if (fault.times <= 0) delete faults[key];
  return fault;
}

function passesLogin(fault: Fault, request: IncomingMessage): boolean {
  if (fault.kind !== 'login') return false;
  const expected = Buffer.from(`${fault.user}:${fault.password}`).toString('base64');
  return request.headers.authorization?.replace(/^basic /i, '') === expected;
}

/** Sent in one piece: a stream for each small file would make the server the slowest part of a benchmark. */
const smallBytes = 1024 * 1024;

async function sendFile(
  path: string,
  {
    request,
    response,
    options,
  }: { request: IncomingMessage; response: ServerResponse; options: ServerOptions },
): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || !facts.isFile()) {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>');
    return;
  }
  if (path.endsWith('.json')) response.setHeader('last-modified', facts.mtime.toUTCString());
  if (options.etag === true) {
    response.setHeader('etag', `"${createHash('md5').update(`${path}${facts.size}`).digest('hex')}"`);
  }
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const start = options.ranges === false || range === null ? 0 : Number(range[1]);
  if (start > 0 && start >= facts.size) {
    response.writeHead(416, { 'content-range': `bytes */${facts.size}` }).end();
    return;
  }
  if (start > 0) response.setHeader('content-range', `bytes ${start}-${facts.size - 1}/${facts.size}`);
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': facts.size - start });
  if (request.method === 'HEAD') response.end();
  else if (facts.size < smallBytes) response.end((await readFile(path)).subarray(start));
  else await pipeline(createReadStream(path, { start }), response);
}

async function sendFault(path: string, fault: Fault, response: ServerResponse): Promise<void> {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, fault.headers).end('fault\n');
      return;
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.to }).end();
      return;
    case 'login':
      response.writeHead(401, { 'www-authenticate': 'Basic realm="fixture"' }).end();
      return;
    case 'endless':
      response.writeHead(200);
      await pipeline(endlessBytes, response);
      return;
    case 'wrong-bytes': {
      const bytes = await readFile(path);
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes.fill(0x21));
      return;
    }
    case 'truncate':
    case 'stall': {
      if (fault.afterBytes === undefined) return;
      const bytes = await readFile(path);
      response.writeHead(200, { 'content-length': bytes.length }).flushHeaders();
      response.write(bytes.subarray(0, fault.afterBytes), () => {
        if (fault.kind === 'truncate') response.destroy();
      });
      return;
    }
  }
}

function* endlessBytes() {
  for (;;) yield Buffer.alloc(65_536, 'x');
}
