/**
 * Passes a volume's bytes through two threads, block by block: the first reads the files and hashes each object, the
 * second hashes the whole and writes it. Invariant: the memory that is written is the memory that was hashed, and a
 * block is refilled only after it was written.
 */
import type { FileHandle } from 'node:fs/promises';
import { startLaneThread, type HashPart, type LaneRequest } from '../../core/adapters/hash-lanes.ts';

export const pipelineBlockBytes = 4 * 1024 * 1024;
const blockCount = 4;

/** Memory to be filled from `start` on: by what the caller writes into it, and by reads of the first thread. */
export interface PipelineBlock {
  memory: Buffer;
  start: number;
}

export interface FilledBlock extends PipelineBlock {
  filledBytes: number;
  reads: NonNullable<LaneRequest['reads']>;
  /** Parts of objects. */
  parts: HashPart[];
}

export interface VolumePipeline {
  /** Starts a volume; without an output nothing is written. Only one at a time. */
  begin(output: FileHandle | undefined): VolumePass;
  close(): Promise<void>;
}

export interface VolumePass {
  /** Waits for the next free block. @throws what went wrong with an earlier one */
  take(): Promise<PipelineBlock>;
  /** Submits the block. `seen` gets the bytes that were read and the digests of the objects that ended in it. */
  send(block: FilledBlock, seen: (bytesRead: number, digests: string[]) => void | Promise<void>): void;
  /** Returns the SHA-256 of everything, when all is written. */
  finish(): Promise<string>;
  /** Waits until no block is in progress. */
  settle(): Promise<void>;
}

/** The threads do not keep the process alive. */
export function openVolumePipeline(): VolumePipeline {
  const shared = new SharedArrayBuffer(pipelineBlockBytes * blockCount);
  const memory = Buffer.from(shared);
  const reader = startLaneThread(shared);
  const writer = startLaneThread(shared);

  function begin(output: FileHandle | undefined): VolumePass {
    const written: Promise<void>[] = [];
    let read: Promise<void> = Promise.resolve();
    let position = 0;

    function send(block: FilledBlock, seen: Parameters<VolumePass['send']>[1]): void {
      const { start, filledBytes, reads, parts } = block;
      const part = { start, end: start + filledBytes, isFirst: position === 0, isLast: false };
      const write = output === undefined ? {} : { write: { fd: output.fd, position, start, end: part.end } };
      position += filledBytes;
      const before = written.at(-1);
      read = read.then(async () => {
        const { bytesRead, digests } = await reader.ask({ reads, parts });
        await seen(bytesRead, digests);
      });
      const done = Promise.all([read, before]).then(async () => {
        await writer.ask({ parts: [part], ...write });
      });
      // The error surfaces when somebody takes a block, or at the end.
      done.catch(() => {});
      written.push(done);
    }

    return {
      async take() {
        await written.at(-blockCount);
        return { memory, start: (written.length % blockCount) * pipelineBlockBytes };
      },
      send,
      async finish() {
        await written.at(-1);
        const { digests } = await writer.ask({ parts: [{ start: 0, end: 0, isFirst: false, isLast: true }] });
        return digests[0] ?? '';
      },
      async settle() {
        await Promise.allSettled(written.slice(-blockCount));
      },
    };
  }

  return {
    begin,
    async close() {
      await Promise.all([reader.worker.terminate(), writer.worker.terminate()]);
    },
  };
}
