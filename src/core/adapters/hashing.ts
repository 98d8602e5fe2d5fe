/**
 * Computes digests of streams in worker threads, because one core hashes slower than a network delivers. Invariant: a
 * hasher has at most two batches of bytes on their way to its thread.
 */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { HashAlgorithm } from '../domain/digest.ts';
import { PommgrError } from '../domain/errors.ts';
import { ownThread } from './own-files.ts';

/** Bytes sent to a thread in one message. */
const batchBytes = 256 * 1024;
/**
 * Up to this size, hashing synchronously costs no more than asking a thread (measured with and without SHA
 * instructions).
 */
const inlineBytes = 128 * 1024;
const batchesInFlight = 2;

export interface Hasher {
  /** Copies the bytes; the caller must await the promise, if there is one, before the next call. */
  update(chunk: Uint8Array): Promise<void> | undefined;
  /** Returns lower-case hex of the first algorithm; the hasher cannot be used afterwards. */
  digest(): Promise<string>;
  /** Returns lower-case hex of each algorithm, in their order; the hasher cannot be used afterwards. */
  digests(): Promise<string[]>;
  /** Discards the hasher without a digest; does nothing after `digest` and `digests`. */
  abandon(): void;
}

export interface HasherPool {
  /** For several digests the bytes are sent once. Default: SHA-256. */
  createHasher(...algorithms: HashAlgorithm[]): Hasher;
  close(): Promise<void>;
}

type HashReply = import('./hash-worker.js').HashReply;
type HashRequest = import('./hash-worker.js').HashRequest;

interface Lane {
  worker: Worker;
  hashers: Map<number, { reply: (reply: HashReply) => void; fail: (error: Error) => void }>;
}

/** Starts at most `threads` threads, each when it is first needed. They do not keep the process alive. */
export function openHasherPool(threads: number): HasherPool {
  const lanes: Lane[] = [];
  const freeBuffers: ArrayBuffer[] = [];
  let lastId = 0;

  function leastBusyLane(): Lane {
    if (lanes.length < threads && lanes.every((lane) => lane.hashers.size > 0)) lanes.push(startLane());
    return lanes.reduce((best, lane) => (lane.hashers.size < best.hashers.size ? lane : best));
  }

  return {
    createHasher(...algorithms) {
      lastId += 1;
      const wanted: readonly HashAlgorithm[] = algorithms.length === 0 ? ['sha256'] : algorithms;
      return startHasher({ id: lastId, algorithms: wanted, lane: leastBusyLane, freeBuffers });
    },
    async close() {
      await Promise.all(lanes.splice(0).map((lane) => lane.worker.terminate()));
    },
  };
}

/** Hashes on this thread, for small data in memory. */
export const inlineHashers: HasherPool = {
  createHasher(...algorithms) {
    const names: readonly HashAlgorithm[] = algorithms.length === 0 ? ['sha256'] : algorithms;
    const started = names.map((algorithm) => createHash(algorithm));
    const digests = async () => started.map((hash) => hash.digest('hex'));
    return {
      update(chunk) {
        for (const hash of started) hash.update(chunk);
        return undefined;
      },
      digest: async () => (await digests())[0] ?? '',
      digests,
      abandon() {},
    };
  },
  async close() {},
};

function startLane(): Lane {
  const lane: Lane = {
    worker: new Worker(ownThread('core/adapters/hash-worker.js')),
    hashers: new Map(),
  };
  lane.worker.unref();
  lane.worker.on('message', (reply: HashReply) => lane.hashers.get(reply.id)?.reply(reply));
  lane.worker.on('error', (cause) => {
    const error = new PommgrError('bug.hashing', 'A hashing thread failed.', { cause });
    for (const hasher of lane.hashers.values()) hasher.fail(error);
  });
  return lane;
}

function startHasher(options: {
  id: number;
  algorithms: readonly HashAlgorithm[];
  lane: () => Lane;
  freeBuffers: ArrayBuffer[];
}): Hasher {
  const { id, algorithms, freeBuffers } = options;
  let lane: Lane | undefined;
  let batch = takeBatch();
  let filled = 0;
  let inFlight = 0;
  let ended = false;
  let failure: Error | undefined;
  let digests: string[] | undefined;
  let wake: (() => void) | undefined;

  function takeBatch(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(freeBuffers.pop() ?? new ArrayBuffer(batchBytes));
  }

  function post(end?: 'digest'): void {
    lane ??= openLane();
    const bytes = batch.subarray(0, filled);
    const request: HashRequest =
      end === undefined ? { id, algorithms, bytes } : { id, algorithms, bytes, end };
    lane.worker.postMessage(request, [batch.buffer]);
    inFlight += 1;
    filled = 0;
  }

  function openLane(): Lane {
    const opened = options.lane();
    opened.worker.ref();
    opened.hashers.set(id, {
      reply(reply) {
        if (reply.buffer !== undefined) freeBuffers.push(reply.buffer);
        inFlight -= 1;
        digests = reply.digests;
        wake?.();
      },
      fail(error) {
        failure = error;
        wake?.();
      },
    });
    return opened;
  }

  function leaveLane(): void {
    lane?.hashers.delete(id);
    if (lane?.hashers.size === 0) lane.worker.unref();
  }

  async function until(met: () => boolean): Promise<void> {
    while (!met() && failure === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure;
  }

  async function updateInBatches(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const part = rest.subarray(0, batchBytes - filled);
      batch.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < batchBytes) continue;
      post();
      await until(() => inFlight < batchesInFlight);
      batch = takeBatch();
    }
  }

  async function finish(): Promise<string[]> {
    ended = true;
    if (lane === undefined && filled <= inlineBytes) {
      const bytes = batch.subarray(0, filled);
      const inline = algorithms.map((algorithm) => createHash(algorithm).update(bytes).digest('hex'));
      freeBuffers.push(batch.buffer);
      return inline;
    }
    post('digest');
    try {
      await until(() => digests !== undefined);
    } finally {
      leaveLane();
    }
    return digests ?? [];
  }

  return {
    update(chunk) {
      if (filled + chunk.length >= batchBytes) return updateInBatches(chunk);
      batch.set(chunk, filled);
      filled += chunk.length;
      return undefined;
    },
    digest: async () => (await finish())[0] ?? '',
    digests: finish,
    abandon() {
      if (ended) return;
      ended = true;
      if (batch.length > 0) freeBuffers.push(batch.buffer);
      lane?.worker.postMessage({ id, algorithms, end: 'abandon' } satisfies HashRequest);
      leaveLane();
    },
  };
}
