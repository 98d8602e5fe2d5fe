/** Requests over undici: directly or through the proxy that the environment names, with each mirror's TLS settings. */
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

/** Nothing is connected before the first request. */
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

  /** A proxy is no mirror: it is shown no client certificate. */
  async function tlsOfProxy(proxy: URL) {
    if (proxy.protocol !== 'https:') return { timeout };
    return { timeout, secureContext: (await findTls(proxy, proxy)).context };
  }

  return {
    async transport(uri, { method = 'GET', headers, signal, asked }) {
      const dispatcher = await dispatcherFor(uri, asked);
      const answer = await request(uri, {
        dispatcher,
        method,
        headers,
        signal,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      const { statusCode: status, headers: answered, body } = answer;
      return { status, headers: answered, body, discard: () => body.dump() };
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}
