/**
 * Fetches files into the pool. Invariants: only one task fetches a digest at a time; a partial file that is kept for
 * the next run belongs to one run at a time; a file that is already in the pool has every strong digest that its index
 * gives.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { lockFile, type FileLock } from '../../core/adapters/file-lock.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { updateFromFile } from '../../core/adapters/file-hashing.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { algorithmsOf, checkDigests, type ListedFact } from '../../core/domain/listed-fact.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Downloader, FetchOptions } from '../../upstream/adapters/download.ts';
import { displayUri } from '../../upstream/adapters/network-errors.ts';
import { isRefusal } from '../../upstream/domain/upstream-fault.ts';
import type { Pool, PoolState } from './pool.ts';

export interface PoolFetcher {
  /**
   * Returns once the pool has the file; the URIs are tried in their order. Returns false if the file was already there.
   * @throws PommgrError `network.*`, `integrity.size`, `integrity.digest`, `state.space`, `interrupted.signal`.
   */
  obtain(fact: ListedFact, uris: readonly string[], options?: ObtainOptions): Promise<boolean>;
  /**
   * Reads a file of the pool again, if it exists. A file whose bytes do not match its name is set aside: returns true.
   */
  setAsideIfDamaged(fact: ObjectFact): Promise<boolean>;
  /**
   * Reads a file of the pool again. A file whose bytes do not match its name is set aside and fetched again: returns
   * true.
   * @throws PommgrError as `obtain`.
   */
  renewIfDamaged(fact: ListedFact, uris: readonly string[]): Promise<boolean>;
  /** Releases the partial files for other runs. */
  close(): Promise<void>;
}

export interface ObtainOptions extends FetchOptions {
  /** One of many files, so that starting threads to fetch them pays off. */
  isOneOfMany?: boolean;
}

export interface PoolFetcherTools {
  pool: Pool;
  downloader: Downloader;
  hashers: HasherPool;
  context: Context;
}

export function openPoolFetcher(tools: PoolFetcherTools): PoolFetcher {
  const { pool, downloader, hashers, context } = tools;
  const inFlight = new Map<string, Promise<void>>();
  const ownSuffix = `.${randomBytes(6).toString('hex')}`;
  let partials: Promise<FileLock | undefined> | undefined;

  /**
   * Returns undefined while another run holds the lock: then this run has partial files of its own, which no other run
   * continues.
   */
  async function lockPartials(): Promise<FileLock | undefined> {
    try {
      return await lockFile(join(pool.baseDir, '.pommgr', 'partial.lock'), 'the partial downloads');
    } catch (error) {
      if (error instanceof PommgrError && error.code === 'state.locked') return undefined;
      throw error;
    }
  }

  async function fetchInto(
    fact: ListedFact,
    uris: readonly string[],
    options: ObtainOptions & { state: PoolState },
  ): Promise<void> {
    partials ??= lockPartials();
    const suffix = (await partials) === undefined ? ownSuffix : '';
    const path = await pool.partialPath(`${fact.sha256}${suffix}`);
    if (
      options.isOneOfMany === true &&
      options.state === 'absent' &&
      (await fetchDirectly(fact, { path, uri: uris[0] }, options))
    )
      return;
    for (const [number, uri] of uris.entries()) {
      try {
        const { sizeBytes, sha256, sha512, sha1, md5 } = fact;
        const digests = { ...(sha512 && { sha512 }), ...(sha1 && { sha1 }), ...(md5 && { md5 }) };
        const file = await downloader.fetchFile({ uri, path, sizeBytes, sha256, ...digests }, options);
        await pool.addFile(file);
        return;
      } catch (error) {
        if (number === uris.length - 1 || !isRefusal(error)) throw error;
      }
    }
  }

  /** Fetches in a thread, which names the file; returns false where that is impossible. */
  async function fetchDirectly(
    fact: ListedFact,
    { path, uri }: { path: string; uri: string | undefined },
    options: FetchOptions,
  ): Promise<boolean> {
    const names = await pool.namesFor(fact);
    if (names === undefined || uri === undefined) return false;
    return await downloader.fetchDirectly({ uri, fact, path, names }, options);
  }

  /** Returns false where the file in the pool does not match its name; it is then set aside. */
  async function prove(fact: ListedFact, uris: readonly string[]): Promise<boolean> {
    const algorithms = algorithmsOf(fact);
    const path = pool.pathOf(fact.sha256);
    const hasher = hashers.createHasher(...algorithms);
    await updateFromFile(hasher, path);
    const found = await hasher.digests();
    const digests = new Map(algorithms.map((name, index) => [name, found[index] ?? '']));
    if (digests.get('sha256') !== fact.sha256) {
      const kept = await pool.setAside(fact.sha256);
      context.progress.warn(setAsideText(path, kept));
      return false;
    }
    const [uri] = uris;
    checkDigests(digests, fact, {
      where: uri === undefined ? path : displayUri(uri),
      hints: contradictionHints,
    });
    if (fact.sha512 !== undefined) await pool.nameBySha512(fact.sha256, fact.sha512);
    return true;
  }

  async function obtain(
    fact: ListedFact,
    uris: readonly string[],
    options: ObtainOptions = {},
  ): Promise<boolean> {
    for (;;) {
      const other = inFlight.get(fact.sha256);
      if (other === undefined) break;
      // The failure is reported to whoever started it; this task then tries its own URIs.
      await other.catch(() => {});
    }
    const state = pool.stateOf(fact);
    if (state === 'present') return false;
    let isFetched = false;
    const work = async (): Promise<void> => {
      if (state === 'unproven' && (await prove(fact, uris))) return;
      await fetchInto(fact, uris, { ...options, state });
      isFetched = true;
    };
    const begun = work();
    inFlight.set(fact.sha256, begun);
    try {
      await begun;
    } finally {
      inFlight.delete(fact.sha256);
    }
    return isFetched;
  }

  return {
    obtain,
    async setAsideIfDamaged({ sizeBytes, sha256 }) {
      return (await pool.has({ sizeBytes, sha256 })) && !(await prove({ sizeBytes, sha256 }, []));
    },
    async renewIfDamaged(fact, uris) {
      if (await prove(fact, uris)) return false;
      return await obtain(fact, uris);
    },
    async close() {
      await (await partials)?.release();
    },
  };
}

/** Runs `work` with a fetcher of its own. */
export async function withPoolFetcher<T>(
  tools: PoolFetcherTools,
  work: (files: PoolFetcher) => Promise<T>,
): Promise<T> {
  const files = openPoolFetcher(tools);
  try {
    return await work(files);
  } finally {
    await files.close();
  }
}

/** Returns the message about a file that was set aside. */
export function setAsideText(path: string, kept: string | undefined): string {
  return `${path} is damaged: its bytes are not what its name says. ${kept === undefined ? 'It is gone meanwhile' : `It was set aside as ${kept}`}; "pommgr snapshot" fetches it again.`;
}

const contradictionHints = [
  'The repository contradicts itself: try again later, or use another server of it.',
  'If it stays so, leave the package out by skip: packages of this mirror.',
];
