/**
 * Sends requests over undici: directly or through the proxy that the environment names, with each mirror's TLS
 * settings.
 */
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import type { Transport } from './http-answer.ts';
import { chooseProxy, type Environment } from './proxy.ts';
import { createTlsFinder } from './tls.ts';

export interface TransportOptions {
  /** Connections to a host. */
  concurrency: number;
  timeoutSeconds: number;
  mirrors: readonly MirrorLogin[];
  environment: Environment;
}

export interface OpenTransport {
  transport: Transport;
  close: () => Promise<void>;
}

/** Opens no connection before the first request. */
export async function openTransport(options: TransportOptions): Promise<OpenTransport> {
  const { Agent, ProxyAgent, request } = await import('undici');
  const { concurrency: connections, environment } = options;
  const timeout = Math.ceil(options.timeoutSeconds * 1000);
  const findTls = createTlsFinder(options.mirrors, environment);
  const dispatchers = new Map<string, InstanceType<typeof Agent> | InstanceType<typeof ProxyAgent>>();

  async function dispatcherFor(uri: URL, asked: URL) {
    const proxy = chooseProxy(uri, environment);
    const tls = uri.protocol === 'https:' ? await findTls(uri, asked) : undefined;
    const name = JSON.stringify([proxy, tls?.name]);
    const connect = { timeout, ...(tls === undefined ? {} : { secureContext: tls.context }) };
    const known =
      dispatchers.get(name) ??
      (proxy === undefined
        ? new Agent({ connections, connect })
        : new ProxyAgent({
            uri: proxy,
            proxyTunnel: false,
            connections,
            proxyTls: await tlsOfProxy(new URL(proxy)),
            requestTls: connect,
          }));
    dispatchers.set(name, known);
    return known;
  }

  /** A proxy is not a mirror: no client certificate is presented to it. */
  async function tlsOfProxy(proxy: URL) {
    if (proxy.protocol !== 'https:') return { timeout };
    return { timeout, secureContext: (await findTls(proxy, proxy)).context };
  }

  return {
    async transport(uri, { method = 'GET', headers, signal, asked }) {
      const dispatcher = await dispatcherFor(uri, asked);
      const answer = await onLiveConnection(() =>
        request(uri, {
          dispatcher,
          method,
          headers,
          signal,
          headersTimeout: timeout,
          bodyTimeout: timeout,
        }),
      );
      const { statusCode: status, headers: answered, body } = answer;
      return { status, headers: answered, body, discard: () => body.dump() };
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** A stale kept-alive connection does not count as a failure; there are at most as many of them as connections. */
const mostStaleConnections = 64;
/** A reset does not reveal whether the connection was a kept-alive one. */
const mostResets = 8;

/**
 * Repeats a request immediately where the server had closed the kept-alive connection on which it was sent, as apt
 * does.
 */
async function onLiveConnection<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt > (isReset(error) ? mostResets : isStaleConnection(error) ? mostStaleConnections : 0))
        throw error;
    }
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));
}

/** Detects a connection that was closed before the first byte of this answer, after it had given answers before. */
function isStaleConnection(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'UND_ERR_SOCKET') return false;
  if (!('socket' in error) || typeof error.socket !== 'object' || error.socket === null) return false;
  const { bytesRead, bytesWritten } = error.socket as { bytesRead?: number; bytesWritten?: number };
  return (bytesRead ?? 0) > 0 && (bytesWritten ?? 0) > 0;
}
