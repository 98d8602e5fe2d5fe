/**
 * Runs threads that fetch whole files by themselves: request, digests, file and names, so that nothing of it passes
 * through the main thread (fetch-worker.js). Invariant: while a thread has a job, nobody else touches its file; if the
 * thread returns the job unfinished, the file is the beginning of the content, which whoever continues it reads again.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ownThread } from '../../core/adapters/own-files.ts';
import { PommgrError } from '../../core/domain/errors.ts';

type FetchMessage = import('./fetch-worker.js').FetchMessage;
type FetchReport = import('./fetch-worker.js').FetchReport;
export type FetchJob = Omit<import('./fetch-worker.js').FetchJob, 'id'>;

export interface FetchThreads {
  /** Returns true once the file has its names; false where it must be fetched in another way. */
  fetch(job: FetchJob, onBytes: (bytes: number) => void): Promise<boolean>;
  /** Returns the jobs that were not started; the threads take no more. */
  stop(): void;
  close(): Promise<void>;
}

interface Lane {
  worker: Worker;
  jobs: Map<
    number,
    { count: (bytes: number) => void; end: (taken: boolean) => void; fail: (error: Error) => void }
  >;
  /** Sent at the end of this turn. */
  outgoing: import('./fetch-worker.js').FetchJob[];
}

/** More threads would not fetch faster: one of them handles a gigabit or more. */
const mostThreads = 4;

/** Each thread has its share of the connections. */
export function openFetchThreads(options: { connections: number; timeoutMs: number }): FetchThreads {
  const { connections, timeoutMs } = options;
  const count = Math.min(mostThreads, availableParallelism(), connections);
  const lanes = Array.from({ length: count }, (_, index) => {
    const share = Math.floor(connections / count) + (index < connections % count ? 1 : 0);
    return startLane({ connections: share, timeoutMs });
  });
  let lastId = 0;
  let isStopped = false;

  function enqueue(lane: Lane, job: import('./fetch-worker.js').FetchJob): void {
    if (lane.outgoing.length === 0) {
      setImmediate(() => {
        const jobs = lane.outgoing;
        lane.outgoing = [];
        lane.worker.postMessage({ jobs } satisfies FetchMessage);
      });
    }
    lane.outgoing.push(job);
  }

  return {
    async fetch(job, onBytes) {
      if (isStopped) return false;
      const lane = lanes.reduce((best, other) => (other.jobs.size < best.jobs.size ? other : best));
      lastId += 1;
      const id = lastId;
      let countedBytes = 0;
      const count = (bytes: number): void => {
        countedBytes += bytes;
        onBytes(bytes);
      };
      const isTaken = await new Promise<boolean>((end, fail) => {
        lane.jobs.set(id, { count, end, fail });
        enqueue(lane, { ...job, id });
      });
      onBytes((isTaken ? job.sizeBytes : 0) - countedBytes);
      return isTaken;
    },
    stop() {
      isStopped = true;
      // This runs after the jobs that are on their way to the threads.
      setImmediate(() => {
        for (const { worker } of lanes) worker.postMessage({ stop: true } satisfies FetchMessage);
      });
    },
    async close() {
      isStopped = true;
      await Promise.all(lanes.map(({ worker }) => worker.terminate()));
    },
  };
}

function startLane(open: { connections: number; timeoutMs: number }): Lane {
  const worker = new Worker(ownThread('upstream/adapters/fetch-worker.js'));
  const lane: Lane = { worker, jobs: new Map(), outgoing: [] };
  worker.on('message', (report: FetchReport) => take(report, lane));
  worker.on('error', (cause) => {
    const error = new PommgrError('bug.fetching', 'A thread that fetches files failed.', { cause });
    for (const { fail } of lane.jobs.values()) fail(error);
  });
  worker.postMessage({ open } satisfies FetchMessage);
  return lane;
}

function take({ taken, givenBack, bytes }: FetchReport, { jobs }: Lane): void {
  for (const [id, count] of bytes) jobs.get(id)?.count(count);
  for (const [ids, isTaken] of [
    [taken, true],
    [givenBack, false],
  ] as const) {
    for (const id of ids) {
      jobs.get(id)?.end(isTaken);
      jobs.delete(id);
    }
  }
}
