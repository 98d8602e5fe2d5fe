/**
 * Reads the store of another host, over HTTP or as a directory. Invariant: nothing from there is trusted here; answers
 * are limited in size and time, and proxies of the environment are ignored.
 */
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileUri } from '../../apt/domain/apt-sources.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { redactSecrets } from '../../core/domain/redaction.ts';
import { indexFileName, offeredDirectoryName } from '../domain/offered-path.ts';
import { isHttpAddress, parseHttpAddress } from '../domain/store-address.ts';
import { storeIndexKind, type OfferedBaseline } from '../domain/store-index.ts';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { openDownloader, type Downloader } from '../../upstream/adapters/download.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import { openAt, readAt } from '../../core/adapters/files-at.ts';
import { below, topPlace, type Place as FilePlace } from '../../core/domain/place.ts';
import { copyChecked } from '../../core/adapters/checked-copy.ts';

export interface StoreSource {
  /** As the host's apt sees it (domain/store-address.ts). */
  address: string;
  /** Returns what the store claims to have. @throws PommgrError `integrity.missing` where there is no store. */
  list(): Promise<OfferedBaseline[]>;
  /**
   * Reads a small file, by its path in the store. @throws PommgrError `integrity.missing`, `integrity.size`,
   * `network.*`.
   */
  read(path: string, maxBytes: number): Promise<Buffer>;
  /** Fetches a file to `to`; when this returns, the file has that digest. */
  fetch(path: string, fact: ObjectFact, to: string): Promise<void>;
  /** Returns bytes; undefined where the file does not exist. */
  sizeOf(path: string): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface StoreSourceOptions {
  aptRoot: AptRoot;
  hashers: HasherPool;
  signal: AbortSignal;
  /** Default: suitable for a network of a site. */
  limits?: AnswerLimits;
}

export interface AnswerLimits {
  /** Seconds without a byte before a request is repeated. */
  idleSeconds: number;
  /** Seconds for a small file with all its retries; a large one gets more by its size. */
  answerSeconds: number;
  slowestBytesPerSecond: number;
}

const maxIndexBytes = 4 * 1024 * 1024;
const usualLimits: AnswerLimits = { idleSeconds: 20, answerSeconds: 60, slowestBytesPerSecond: 100_000 };

/**
 * Returns the address of what the operator named: a URI, or a directory of this machine. @throws PommgrError
 * `usage.from`.
 */
export async function storeAddress(from: string, aptRoot: AptRoot): Promise<string> {
  if (isHttpAddress(from)) return parseHttpAddress(from);
  try {
    return fileUri(pathForApt(aptRoot, await realpath(resolve(from))));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new PommgrError('usage.from', `There is no directory ${redactSecrets(from)}.`, {
      hints: ['Name a store on a share that is mounted, or the address that "pommgr serve" printed.'],
      details: { from: redactSecrets(from) },
    });
  }
}

/** Opens an address from `storeAddress`. */
export async function openStoreSource(address: string, options: StoreSourceOptions): Promise<StoreSource> {
  const { aptRoot, hashers, signal, limits = usualLimits } = options;
  const downloader = await openDownloader({
    ...{ hashers, signal, mirrors: [], environment: {} },
    ...{ concurrency: 8, retries: 2, timeoutSeconds: limits.idleSeconds, followsRedirects: false },
  });
  const place: Place = {
    address,
    signal: options.signal,
    downloader,
    directory: directoryOf(address, aptRoot),
  };
  const { directory } = place;
  if (directory !== undefined) return shareSource(address, { directory, hashers, signal, downloader });
  const read: StoreSource['read'] = (path, maxBytes) =>
    asked(place, path, limits.answerSeconds, async (uri, deadline) => {
      const data = await downloader.fetchSmall(uri, maxBytes, { signal: deadline });
      if (data === undefined) throw missing(uri);
      return data;
    });
  return {
    address,
    read,
    list: () => listOffered(address, read),
    async fetch(path, { sizeBytes, sha256 }, to) {
      const seconds = limits.answerSeconds + sizeBytes / limits.slowestBytesPerSecond;
      await asked(place, path, seconds, (uri, deadline) =>
        downloader.fetchFile({ uri, path: to, sizeBytes, sha256 }, { signal: deadline }),
      );
    },
    sizeOf: (path) =>
      asked(place, path, limits.answerSeconds, (uri, deadline) =>
        downloader.sizeOf(uri, { signal: deadline }),
      ),
    close: () => downloader.close(),
  };
}

async function listOffered(address: string, read: StoreSource['read']): Promise<OfferedBaseline[]> {
  const path = `${offeredDirectoryName}/${indexFileName}`;
  const text = (await read(path, maxIndexBytes)).toString('utf8');
  return parseDocument(text, storeIndexKind, `${address}/${path}`).baselines;
}

/**
 * Opens a store on a share, where others may change anything at any time: each file is opened once, through no link,
 * and the bytes read from that handle are those that are hashed and kept.
 */
function shareSource(
  address: string,
  {
    directory,
    hashers,
    signal,
    downloader,
  }: Pick<StoreSourceOptions, 'hashers' | 'signal'> & { directory: string; downloader: Downloader },
): StoreSource {
  const at = (path: string): FilePlace => below(topPlace(directory), path);
  const read: StoreSource['read'] = (path, maxBytes) => readAt(at(path), maxBytes);
  return {
    address,
    read,
    list: () => listOffered(address, read),
    async fetch(path, { sizeBytes, sha256 }, to) {
      await copyChecked(at(path), to, { sizeBytes, sha256, hashers, signal });
    },
    async sizeOf(path) {
      try {
        const { file, sizeBytes } = await openAt(at(path));
        await file.close();
        return sizeBytes;
      } catch (error) {
        if (error instanceof PommgrError && error.code === 'integrity.missing') return undefined;
        throw error;
      }
    },
    close: () => downloader.close(),
  };
}

/** Returns where a store that is a directory is on this machine. */
function directoryOf(address: string, { kind, root }: AptRoot): string | undefined {
  if (isHttpAddress(address)) return undefined;
  const path = fileURLToPath(address);
  return kind === 'chroot' ? join(root, path) : path;
}

interface Place {
  address: string;
  /** Undefined for a store that is reached over HTTP. */
  directory: string | undefined;
  downloader: Downloader;
  signal: AbortSignal;
}

/** Runs `work` with the URI of a file, and ends it after so many seconds however slowly data arrives. */
async function asked<T>(
  { address, signal }: Place,
  path: string,
  seconds: number,
  work: (uri: string, deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(Math.ceil(seconds * 1000));
  const uri = `${address}/${path.split('/').map(encodeURIComponent).join('/')}`;
  try {
    return await work(uri, deadline);
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    if (deadline.aborted && !signal.aborted) throw tooSlow(uri, seconds, error);
    throw error.family === 'network' ? unreachable(error) : error;
  }
}

const serverHint =
  'Check that "pommgr serve", or nginx with its config, runs on that host and can be reached from here.';

function unreachable(error: PommgrError): PommgrError {
  return new PommgrError(error.code, error.message, {
    hints: [serverHint],
    details: error.details,
    cause: error,
  });
}

function tooSlow(uri: string, seconds: number, cause: unknown): PommgrError {
  return new PommgrError('network.timeout', `${uri} took longer than ${Math.ceil(seconds)} seconds.`, {
    hints: [serverHint],
    details: { uri },
    cause,
  });
}

function missing(uri: string): PommgrError {
  return new PommgrError('integrity.missing', `${uri} does not exist.`, {
    hints: ['Check that this is the address of a store, and that the baseline is still in it.'],
    details: { uri },
  });
}
