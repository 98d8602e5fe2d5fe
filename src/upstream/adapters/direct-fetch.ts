/**
 * Decides which files the threads may fetch (fetch-threads.ts): those that a plain request over `http:` without a proxy
 * can get. Invariant: a login is sent only to its own host.
 */
import type { FindLogin } from '../../config/adapters/login-file.ts';
import { algorithmsOf, type ListedFact } from '../../core/domain/listed-fact.ts';
import { openFetchThreads, type FetchThreads } from './fetch-threads.ts';
import { chooseProxy, type Environment } from './proxy.ts';

export interface DirectRequest {
  uri: string;
  fact: ListedFact;
  /** Where the file grows. */
  path: string;
  /** Names for the complete and valid file; the first one is replaced if it exists. */
  names: string[];
}

export interface DirectFetch {
  /** Returns false where the file must be fetched in another way. */
  fetch(
    request: DirectRequest,
    options: { onBytes: (bytes: number) => void; signal: AbortSignal },
  ): Promise<boolean>;
  close(): Promise<void>;
}

export interface DirectFetchOptions {
  concurrency: number;
  timeoutSeconds: number;
  environment: Environment;
  findLogin: FindLogin;
  /** Lines of every request, without line ends. */
  headerLines: readonly string[];
}

/** Threads start with the first request. */
export function openDirectFetch(options: DirectFetchOptions): DirectFetch {
  const { concurrency: connections, timeoutSeconds, environment, findLogin } = options;
  const commonLines = options.headerLines.map((line) => `${line}\r\n`);
  const heard = new WeakSet<AbortSignal>();
  const proxied = new Map<string, boolean>();
  let threads: FetchThreads | undefined;

  function hasProxy(target: URL): boolean {
    const known = proxied.get(target.host) ?? chooseProxy(target, environment) !== undefined;
    proxied.set(target.host, known);
    return known;
  }

  /** Returns all lines of the request. */
  function headOf(target: URL): string {
    const login = findLogin(target);
    const secret = login && Buffer.from(`${login.user}:${login.password}`).toString('base64');
    return [
      `GET ${target.pathname}${target.search} HTTP/1.1\r\nhost: ${target.host}\r\n`,
      ...commonLines,
      secret === undefined ? '\r\n' : `authorization: Basic ${secret}\r\n\r\n`,
    ].join('');
  }

  function stopWith(signal: AbortSignal): void {
    if (heard.has(signal)) return;
    heard.add(signal);
    signal.addEventListener('abort', () => threads?.stop(), { once: true });
  }

  return {
    async fetch({ uri, fact, path, names }, { onBytes, signal }) {
      if (!uri.startsWith('http:') || fact.sizeBytes === 0 || signal.aborted) return false;
      const target = new URL(uri);
      if (target.username !== '' || hasProxy(target)) return false;
      threads ??= openFetchThreads({ connections, timeoutMs: timeoutSeconds * 1000 });
      stopWith(signal);
      const { sizeBytes } = fact;
      return await threads.fetch(
        {
          host: target.hostname.replaceAll(/[[\]]/g, ''),
          port: Number(target.port || 80),
          head: headOf(target),
          sizeBytes,
          digests: algorithmsOf(fact).map((algorithm) => [algorithm, fact[algorithm] ?? '']),
          path,
          names,
        },
        onBytes,
      );
    },
    async close() {
      await threads?.close();
    },
  };
}
