/**
 * A thread that hashes for hashing.ts. Plain JavaScript, because a Worker loads this very file from `src` under the
 * test runner and from `dist` when built.
 */
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/**
 * `bytes` are the next ones of hasher `id`; their buffer is given back. `end` asks for the digest, or drops it.
 * @typedef {object} HashRequest
 * @property {number} id
 * @property {'sha256' | 'sha512'} algorithm
 * @property {Uint8Array<ArrayBuffer>} [bytes]
 * @property {'digest' | 'abandon'} [end]
 */
/** @typedef {{ id: number, buffer?: ArrayBuffer, digest?: string }} HashReply */

if (parentPort === null) throw new Error('hash-worker.js is to be run as a worker thread');
const port = parentPort;
/** @type {Map<number, import('node:crypto').Hash>} */
const hashes = new Map();

port.on('message', (/** @type {HashRequest} */ { id, algorithm, bytes, end }) => {
  const hash = hashes.get(id) ?? createHash(algorithm);
  if (end === undefined) hashes.set(id, hash);
  else hashes.delete(id);
  if (bytes !== undefined && end !== 'abandon') hash.update(bytes);
  /** @type {HashReply} */
  const reply = { id };
  if (end === 'digest') reply.digest = hash.digest('hex');
  if (bytes !== undefined) reply.buffer = bytes.buffer;
  if (end !== 'abandon') port.postMessage(reply, reply.buffer === undefined ? [] : [reply.buffer]);
});
