/**
 * Runs threads that read parts of files by themselves and hash them, so that no byte passes through the main thread.
 * Invariant: whoever took a lane has its thread and its memory exclusively, until the lane is returned.
 */
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { PommgrError } from '../domain/errors.ts';
import { ownThread } from './own-files.ts';

export type LaneRequest = import('./hash-worker.js').LaneRequest;
export type LaneReply = import('./hash-worker.js').LaneReply;

/** A global of Node.js whose type no library of this project declares. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number; shared: true }) => { buffer: SharedArrayBuffer };
};

/** Bytes of a lane's memory; it is page-aligned, so that direct I/O can read into it. */
export const laneBytes = 16 * 1024 * 1024;
/** Direct I/O requires file offsets and memory addresses that are multiples of this. */
export const alignmentBytes = 4096;

/** Bytes of the lane's memory that are a whole object, or its first, next or last part. */
export type HashPart = NonNullable<LaneRequest['parts']>[number];

export interface HashLane {
  memory: Buffer;
  /**
   * Reads into the memory from `at` and returns the number of bytes; fewer only at the end of the file. Memory up to
   * the next multiple of the alignment may be overwritten.
   */
  read(file: FileHandle, part: { position: number; sizeBytes: number; at: number }): Promise<number>;
  /** Returns the SHA-256, in lower-case hex, of each object whose last part is among these. */
  hash(parts: HashPart[]): Promise<string[]>;
  /**
   * Continues with the object that no last part ended: reads more of it and hashes that. Returns the number of bytes,
   * fewer only at the end of the file, and the SHA-256 if this was the last part. Overwrites the memory.
   */
  hashMore(
    file: FileHandle,
    more: { position: number; sizeBytes: number; isLast: boolean },
  ): Promise<{ bytesRead: number; digests: string[] }>;
}

export interface HashLanes {
  /** Waits until a lane is free. */
  take(): Promise<HashLane>;
  give(lane: HashLane): void;
  close(): Promise<void>;
}

/** More lanes would not read faster, and each has its own memory. */
const maxLanes = 8;

/** Opens one lane for each core; each starts when it is first needed. They do not keep the process alive. */
export function openHashLanes(): HashLanes {
  const threads = Math.min(availableParallelism(), maxLanes);
  const workers: Worker[] = [];
  const free: HashLane[] = [];
  const waiting: ((lane: HashLane) => void)[] = [];
  return {
    async take() {
      const lane = free.pop();
      if (lane !== undefined) return lane;
      if (workers.length === threads) return new Promise((resolve) => waiting.push(resolve));
      const started = startLane();
      workers.push(started.worker);
      return started.lane;
    },
    give(lane) {
      const next = waiting.shift();
      if (next === undefined) free.push(lane);
      else next(lane);
    },
    async close() {
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    },
  };
}

function startLane(): { worker: Worker; lane: HashLane } {
  const shared = sharedMemory();
  const { worker, ask } = startLaneThread(shared);
  const lane: HashLane = {
    memory: Buffer.from(shared),
    async read({ fd }, part) {
      return (await ask({ reads: [{ fd, ...part, isAligned: true }] })).bytesRead;
    },
    hash: async (parts) => (await ask({ parts })).digests,
    hashMore: ({ fd }, more) => ask({ more: { fd, ...more } }),
  };
  return { worker, lane };
}

/**
 * Starts a thread that works on this memory; `ask` handles one request at a time. A failing system call rejects with
 * the system's error.
 */
export function startLaneThread(shared: SharedArrayBuffer): {
  worker: Worker;
  ask: (request: LaneRequest) => Promise<LaneReply>;
} {
  const worker = new Worker(ownThread('core/adapters/hash-worker.js'), { workerData: shared });
  worker.unref();
  return {
    worker,
    async ask(request) {
      worker.ref();
      try {
        return checkReply(await answerOf(worker, request));
      } finally {
        worker.unref();
      }
    },
  };
}

/**
 * Only this kind of memory is page-aligned. It reserves gigabytes of address space; where that is limited, direct I/O
 * is refused.
 */
function sharedMemory(): SharedArrayBuffer {
  const pages = laneBytes / 65_536;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new SharedArrayBuffer(laneBytes);
  }
}

async function answerOf(worker: Worker, request: LaneRequest): Promise<LaneReply> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new PommgrError('bug.hashing', 'A hashing thread ended too early.'));
    const failed = (cause: Error): void =>
      reject(new PommgrError('bug.hashing', 'A hashing thread failed.', { cause }));
    worker.once('error', failed);
    worker.once('exit', ended);
    worker.once('message', (reply: LaneReply) => {
      worker.off('error', failed);
      worker.off('exit', ended);
      resolve(reply);
    });
    worker.postMessage(request);
  });
}

/** Turns a system error of the thread into one of ours, with its code. */
function checkReply(reply: LaneReply): LaneReply {
  if (reply.error === undefined) return reply;
  throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
}
