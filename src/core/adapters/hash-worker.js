/**
 * A thread that hashes for hashing.ts. Plain JavaScript, because a Worker loads this very file from `src` under the
 * test runner and from `dist` when built.
 */
import { createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * `bytes` are the next ones of hasher `id`; their buffer is given back. `end` asks for the digest, or drops it.
 * @typedef {object} HashRequest
 * @property {number} id
 * @property {readonly ('md5' | 'sha1' | 'sha256' | 'sha512')[]} algorithms
 * @property {Uint8Array<ArrayBuffer>} [bytes]
 * @property {'digest' | 'abandon'} [end]
 */
/** @typedef {{ id: number, buffer?: ArrayBuffer, digests?: string[] }} HashReply */

/**
 * For hash-lanes.ts, in this order: fills the shared memory from open files, hashes parts of that memory (each of one
 * object, or the whole of it), goes on with an object and reads and hashes more of it, writes memory to a file.
 * @typedef {object} LaneRequest
 * @property {LaneRead[]} [reads]
 * @property {{ start: number, end: number, isFirst: boolean, isLast: boolean }[]} [parts]
 * @property {{ fd: number, position: number, sizeBytes: number, isLast: boolean }} [more]
 * @property {{ fd: number, position: number, start: number, end: number }} [write]
 */
/**
 * `isAligned`: the file may be open for direct I/O, and memory up to the next multiple of the alignment is free.
 * @typedef {{ fd: number, position: number, sizeBytes: number, at: number, isAligned: boolean }} LaneRead
 */
/** @typedef {{ bytesRead: number, digests: string[], error?: { message: string, code: string } }} LaneReply */

if (parentPort === null) throw new Error('hash-worker.js is to be run as a worker thread');
const port = parentPort;
/** @type {Map<number, import('node:crypto').Hash[]>} */
const hashes = new Map();

port.on('message', (/** @type {HashRequest | LaneRequest} */ request) => {
  if ('id' in request) answerHasher(request);
  else port.postMessage(answerLane(request));
});

/** @param {HashRequest} request */
function answerHasher({ id, algorithms, bytes, end }) {
  const started = hashes.get(id) ?? algorithms.map((algorithm) => createHash(algorithm));
  if (end === undefined) hashes.set(id, started);
  else hashes.delete(id);
  if (bytes !== undefined && end !== 'abandon') for (const hash of started) hash.update(bytes);
  /** @type {HashReply} */
  const reply = { id };
  if (end === 'digest') reply.digests = started.map((hash) => hash.digest('hex'));
  if (bytes !== undefined) reply.buffer = bytes.buffer;
  if (end !== 'abandon') port.postMessage(reply, reply.buffer === undefined ? [] : [reply.buffer]);
}

let object = createHash('sha256');

/**
 * @param {LaneRequest} request
 * @returns {LaneReply}
 */
function answerLane({ reads = [], parts = [], more, write }) {
  const memory = Buffer.from(/** @type {SharedArrayBuffer} */ (workerData));
  /** @type {string[]} */
  const digests = [];
  try {
    let bytesRead = 0;
    for (const read of reads) bytesRead += fill(memory, read);
    for (const { start, end, isFirst, isLast } of parts) {
      if (isFirst) object = createHash('sha256');
      object.update(memory.subarray(start, end));
      if (isLast) digests.push(object.digest('hex'));
    }
    if (more !== undefined) {
      bytesRead = hashMore(memory, more);
      if (more.isLast) digests.push(object.digest('hex'));
    }
    if (write !== undefined) drain(memory, write);
    return { bytesRead, digests };
  } catch (error) {
    const { message, code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
    return { bytesRead: 0, digests, error: { message, code } };
  }
}

/** Bytes per read where only the digest is needed. */
const pieceBytes = 4 * 1024 * 1024;

/**
 * Returns the number of bytes; fewer only at the end of the file.
 * @param {Buffer} memory
 * @param {NonNullable<LaneRequest['more']>} more
 */
function hashMore(memory, { fd, position, sizeBytes }) {
  let done = 0;
  while (done < sizeBytes) {
    const pieceSize = Math.min(pieceBytes, sizeBytes - done);
    const piece = { fd, position: position + done, sizeBytes: pieceSize, at: 0, isAligned: true };
    const bytesRead = fill(memory, piece);
    object.update(memory.subarray(0, bytesRead));
    done += bytesRead;
    if (bytesRead < pieceSize) break;
  }
  return done;
}

/** Direct I/O requires offsets and lengths that are multiples of this. */
const alignment = 4096;

/**
 * Returns the number of bytes, at most `sizeBytes`; fewer only at the end of the file.
 * @param {Buffer} memory
 * @param {LaneRead} read
 */
function fill(memory, { fd, position, sizeBytes, at, isAligned }) {
  let filled = 0;
  while (filled < sizeBytes) {
    const left = sizeBytes - filled;
    const wanted = isAligned ? Math.ceil(left / alignment) * alignment : left;
    const bytesRead = readSync(fd, memory, at + filled, wanted, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return Math.min(filled, sizeBytes);
}

/**
 * @param {Buffer} memory
 * @param {NonNullable<LaneRequest['write']>} write
 */
function drain(memory, { fd, position, start, end }) {
  for (let at = start; at < end; ) {
    at += writeSync(fd, memory, at, end - at, position + at - start);
  }
}
