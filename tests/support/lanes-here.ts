/** Hash lanes without threads, for many small volumes: what is read is hashed at once, in this thread. */
import { createHash, type Hash } from 'node:crypto';
import {
  laneBytes,
  type HashLane,
  type HashLanes,
  type HashPart,
} from '../../src/core/adapters/hash-lanes.ts';

export function lanesHere(): HashLanes {
  const memory = Buffer.alloc(laneBytes);
  let hash: Hash | undefined;
  function add(bytes: Uint8Array, isLast: boolean): string[] {
    hash = (hash ?? createHash('sha256')).update(bytes);
    if (!isLast) return [];
    const digest = hash.digest('hex');
    hash = undefined;
    return [digest];
  }
  const lane: HashLane = {
    memory,
    read: async (file, { position, sizeBytes, at }) =>
      (await file.read(memory, at, sizeBytes, position)).bytesRead,
    hash: (parts: HashPart[]) =>
      Promise.resolve(parts.flatMap(({ start, end, isLast }) => add(memory.subarray(start, end), isLast))),
    hashMore: async (file, { position, sizeBytes, isLast }) => {
      const { bytesRead } = await file.read(memory, 0, Math.min(sizeBytes, laneBytes), position);
      return { bytesRead, digests: add(memory.subarray(0, bytesRead), isLast) };
    },
  };
  return { take: () => Promise.resolve(lane), give() {}, close: () => Promise.resolve() };
}
