/**
 * Makes one GET of a small file as the downloader would, with the same login, TLS settings and proxy, without loading
 * the downloader. Whatever it does not support, such as a redirect, is an error here.
 */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import type { Environment } from '../../upstream/adapters/proxy.ts';

const longestMs = 5000;
const maxBytes = 32 * 1024 * 1024;

/** Returns the file; null where the server says that there is none. */
export type QuickRequest = (uri: string) => Promise<Buffer | null>;

/** @throws Error, from the function, for any answer but 200 with the whole body, 404 and 410. */
export async function openQuickRequests(
  mirrors: readonly MirrorLogin[],
  { environment, tool }: { environment: Environment; tool: string },
): Promise<QuickRequest> {
  const isLoginNeeded = mirrors.some(({ authFile }) => authFile !== undefined);
  const { readLogins } = isLoginNeeded
    ? await import('../../config/adapters/login-file.ts')
    : { readLogins: undefined };
  const logins = await readLogins?.(mirrors);
  if (logins !== undefined && logins.warnings.length > 0) throw new Error('a login file is to be warned of');
  const { chooseProxy } = await import('../../upstream/adapters/proxy.ts');
  const isTls = mirrors.some(({ uri }) => uri.startsWith('https:'));
  const { createTlsFinder } = isTls
    ? await import('../../upstream/adapters/tls.ts')
    : { createTlsFinder: undefined };
  const findTls = createTlsFinder?.(mirrors, environment);

  return async (text) => {
    const uri = new URL(text);
    if (uri.protocol === 'file:') return await readFileUri(uri);
    const login = logins?.findLogin(uri);
    const tls = uri.protocol === 'https:' ? await findTls?.(uri, uri) : undefined;
    const proxy = chooseProxy(uri, environment);
    const options: GetOptions = {
      headers: {
        'user-agent': `pommgr/${tool}`,
        'accept-encoding': 'identity',
        'cache-control': 'max-age=0',
        ...(login && { authorization: basic(login.user, login.password) }),
      },
      agent: false,
      timeout: longestMs,
      ...(tls && { secureContext: tls.context }),
    };
    return await readAnswer(await send(uri, options, proxy === undefined ? undefined : new URL(proxy)));
  };
}

async function readFileUri(uri: URL): Promise<Buffer | null> {
  const { readPlainFile } = await import('../../core/adapters/plain-file.ts');
  try {
    return await readPlainFile(fileURLToPath(uri));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

type GetOptions = Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders };

async function send(uri: URL, options: GetOptions, proxy: URL | undefined): Promise<IncomingMessage> {
  const { request } = await import('node:http');
  if (proxy !== undefined && proxy.protocol !== 'http:') throw new Error('a proxy by TLS');
  const shown = proxy?.username
    ? { 'proxy-authorization': basic(decodeURIComponent(proxy.username), decodeURIComponent(proxy.password)) }
    : {};
  if (uri.protocol === 'http:') {
    const headers = { ...options.headers, host: uri.host, ...shown };
    return await answered((done) =>
      proxy === undefined
        ? request(uri, options, done)
        : request(proxy, { ...options, path: uri.href, headers }, done),
    );
  }
  const https = await import('node:https');
  if (proxy === undefined) return await answered((done) => https.request(uri, options, done));
  const socket = await tunnel(uri, proxy, shown);
  const through = { ...options, socket, servername: uri.hostname };
  return await answered((done) => https.request(uri, through, done));
}

async function tunnel(uri: URL, proxy: URL, headers: OutgoingHttpHeaders): Promise<Socket> {
  const { request } = await import('node:http');
  const path = `${uri.hostname}:${uri.port || '443'}`;
  return await new Promise((done, fail) => {
    const asking = request(proxy, {
      method: 'CONNECT',
      path,
      agent: false,
      timeout: longestMs,
      headers: { host: path, ...headers },
    });
    asking.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) done(socket);
      else fail(new Error('the proxy refuses'));
    });
    asking.once('timeout', () => asking.destroy(new Error('too slow')));
    asking.once('error', fail);
    asking.end();
  });
}

async function answered(
  begin: (done: (answer: IncomingMessage) => void) => ClientRequest,
): Promise<IncomingMessage> {
  return await new Promise((done, fail) => {
    const request = begin(done);
    request.once('timeout', () => request.destroy(new Error('too slow')));
    request.once('error', fail);
    request.end();
  });
}

async function readAnswer(answer: IncomingMessage): Promise<Buffer | null> {
  if (answer.statusCode === 404 || answer.statusCode === 410) {
    answer.destroy();
    return null;
  }
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new Error('another answer');
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > maxBytes) throw new Error('too long');
  }
  if (!answer.complete) throw new Error('cut off');
  return Buffer.concat(chunks);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
