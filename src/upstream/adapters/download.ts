/**
 * Downloads files, and is the only user of p-limit, which is loaded with undici when the first downloader is opened.
 * Invariant: `fetchFile` returns only when the file has the requested size and digest.
 */
import { tooLarge } from '../../core/domain/mismatch.ts';
import { setMaxListeners } from 'node:events';
import type { HashedFile } from '../../core/adapters/hashed-file.ts';
import type { ListedFact } from '../../core/domain/listed-fact.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { openFileAnswer } from './file-answer.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { requestAnswer, requestSize, type Answer } from './http-answer.ts';
import { displayUri } from './network-errors.ts';
import { readLogins, type MirrorLogin } from '../../config/adapters/login-file.ts';
import { openDirectFetch, type DirectRequest } from './direct-fetch.ts';
import { completePartialFile } from './partial-file.ts';
import type { Environment } from './proxy.ts';
import { retrying } from './retrying.ts';
import { openTransport } from './transport.ts';
import { saveAnswer, type UnlistedFile } from './unlisted-file.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';

export interface DownloaderOptions {
  /** Whether redirects to another address are followed. Default: yes. */
  followsRedirects?: boolean;
  /** Connections to a host, and so requests at a time. */
  concurrency: number;
  /** How often a request is repeated after a failure that may be temporary. */
  retries: number;
  /** Seconds without a byte before an attempt is abandoned. */
  timeoutSeconds: number;
  /** Mirrors, whose logins are sent to them. */
  mirrors: readonly MirrorLogin[];
  signal: AbortSignal;
  hashers: HasherPool;
  /** Provides the proxy variables. Default: the environment of the process. */
  environment?: Environment;
  /** Wait before the first retry, in milliseconds; it doubles. Default: 500. */
  firstDelayMs?: number;
}

export interface FetchRequest extends ListedFact {
  /** `http:`, `https:` or `file:`. */
  uri: string;
  /** Path where the file grows and stays. Whatever an interrupted run left there is continued. */
  path: string;
}

export interface Downloader {
  /** Warnings about login files; they contain no secrets. */
  warnings: string[];
  /**
   * Fetches one file; it is verified when this returns.
   * @throws PommgrError `network.*`, `integrity.size`, `integrity.digest`, `state.space`, `interrupted.signal`.
   */
  fetchFile(request: FetchRequest, options?: FetchOptions): Promise<HashedFile>;
  /**
   * Fetches one of many files in a thread: it has its names when this returns true. Returns false where more than a
   * plain answer to a plain request is needed, or where anything went wrong: then `fetchFile` fetches it, or reports
   * what is wrong.
   */
  fetchDirectly(request: DirectRequest, options?: FetchOptions): Promise<boolean>;
  /**
   * Fetches a file of unknown size into memory; returns undefined where it does not exist.
   * @throws PommgrError `network.*`, `integrity.size` past `maxBytes`, `interrupted.signal`.
   */
  fetchSmall(uri: string, maxBytes: number, options?: EndOptions): Promise<Buffer | undefined>;
  /**
   * Fetches a file of unknown size to `path`; undefined where it does not exist.
   * @throws as `fetchSmall`
   */
  fetchUnlisted(uri: string, to: { path: string; maxBytes: number }): Promise<UnlistedFile | undefined>;
  /**
   * Returns the size of a file in bytes, as the server of an `http:` or `https:` URI reports it; undefined where it
   * does not exist.
   * @throws PommgrError `network.*`, `interrupted.signal`.
   */
  sizeOf(uri: string, options?: EndOptions): Promise<number | undefined>;
  /**
   * Runs `each` for all items, twice as many at a time as there are connections, or more for `fetchDirectly`, which
   * pipelines requests on each. After the first failure no more items start, the signal of `each` is aborted, and that
   * failure is thrown when all have ended.
   */
  fetchAll<Item>(
    items: AsyncIterable<Item> | Iterable<Item>,
    each: (item: Item, signal: AbortSignal) => Promise<void>,
    options?: { tasksPerConnection: number },
  ): Promise<void>;
  close(): Promise<void>;
}

export interface EndOptions {
  /** Aborts only this request. */
  signal?: AbortSignal;
}

export interface FetchOptions extends EndOptions {
  /** Called with bytes that have arrived; negative when some must be fetched again. */
  onBytes?: (bytes: number) => void;
}

/** @throws PommgrError `config.authFile` for a login file that cannot be read. */
export async function openDownloader(options: DownloaderOptions): Promise<Downloader> {
  const [{ default: pLimit }, { findLogin, warnings }, { transport, close }] = await Promise.all([
    import('p-limit'),
    readLogins(options.mirrors),
    openTransport({ ...options, environment: options.environment ?? process.env }),
  ]);
  // This is our own signal: each request listens to it, which would trigger a leak warning on the caller's.
  const ownSignal = AbortSignal.any([options.signal]);
  setMaxListeners(0, ownSignal);
  const limit = pLimit(2 * options.concurrency);
  const headers = { 'user-agent': `pommgr/${toolVersion()}`, 'accept-encoding': 'identity' };

  const environment = options.environment ?? process.env;
  const direct = openDirectFetch({
    ...options,
    environment,
    findLogin,
    headerLines: Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  });

  function openAnswer(uri: string, request: { signal: AbortSignal; startBytes?: number; fresh?: boolean }) {
    const startBytes = request.startBytes ?? 0;
    if (uri.startsWith('file:')) return openFileAnswer(uri, startBytes);
    // A proxy must check whether its copy of a Release file is current.
    const wanted = request.fresh === true ? { ...headers, 'cache-control': 'max-age=0' } : headers;
    const { followsRedirects = true } = options;
    const common = { transport, findLogin, followsRedirects, headers: wanted };
    return requestAnswer(uri, { ...common, signal: request.signal, startBytes });
  }

  /** Signals that already end with our own, so that the two need not be combined again for each request. */
  const combined = new WeakSet<AbortSignal>([ownSignal]);
  const endedBy = ({ signal = ownSignal }: EndOptions): AbortSignal =>
    combined.has(signal) ? signal : AbortSignal.any([ownSignal, signal]);

  return {
    warnings,
    async fetchFile({ uri, path, ...fact }, { onBytes = () => {}, ...ending } = {}) {
      const either = endedBy(ending);
      // Twice the connections, so that none is idle while a finished file is stored.
      return await limit(() =>
        retrying({ ...options, signal: either }, () =>
          completePartialFile({
            uri,
            path,
            fact,
            hashers: options.hashers,
            onBytes,
            openSource: (startBytes) => openAnswer(uri, { signal: either, startBytes }),
          }),
        ),
      );
    },
    async fetchDirectly(request, { onBytes = () => {}, ...ending } = {}) {
      return await direct.fetch(request, { onBytes, signal: endedBy(ending) });
    },
    async fetchSmall(uri, maxBytes, ending = {}) {
      const signal = endedBy(ending);
      return await unlessMissing(
        retrying({ ...options, signal }, async () => {
          const answer = await openAnswer(uri, { signal, fresh: true });
          return await readBounded(answer, { uri, maxBytes });
        }),
      );
    },
    async fetchUnlisted(uri, to) {
      const fetching = { signal: ownSignal, fresh: true };
      return await unlessMissing(
        retrying({ ...options, signal: ownSignal }, async () =>
          saveAnswer(await openAnswer(uri, fetching), { uri, ...to }),
        ),
      );
    },
    async sizeOf(uri, ending = {}) {
      const signal = endedBy(ending);
      return await unlessMissing(
        retrying({ ...options, signal }, () => requestSize(uri, { transport, signal, headers })),
      );
    },
    async fetchAll(items, each, { tasksPerConnection } = { tasksPerConnection: 2 }) {
      const stop = new AbortController();
      const signal = AbortSignal.any([ownSignal, stop.signal]);
      setMaxListeners(0, signal);
      combined.add(signal);
      const failures: unknown[] = [];
      const rest = iteratorOf(items);
      const takeNext = async (): Promise<void> => {
        for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
          if (stop.signal.aborted) return;
          await each(next.value, signal);
        }
      };
      const runners = Array.from({ length: tasksPerConnection * options.concurrency }, () =>
        takeNext().catch((error: unknown) => {
          failures.push(error);
          stop.abort();
        }),
      );
      await Promise.all(runners);
      await rest.return?.();
      if (failures.length > 0) throw failures[0];
    },
    async close() {
      await direct.close();
      await close();
    },
  };
}

function iteratorOf<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncIterator<Item> | { next: () => IteratorResult<Item>; return?: () => unknown } {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'network.missing') return undefined;
    throw error;
  }
}

async function readBounded(
  answer: Answer,
  { uri, maxBytes }: { uri: string; maxBytes: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      const shown = displayUri(uri);
      throw tooLarge(shown, {
        ...{ expected: maxBytes, found: undefined },
        hints: ['Something other than the repository may have answered: open the address in a browser.'],
        details: { uri: shown, expected: maxBytes },
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
