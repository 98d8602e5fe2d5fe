/**
 * A thread that fetches whole files for fetch-threads.ts: it asks, hashes, writes, and gives each file its names.
 * Invariant: a file gets a name only after all its bytes were hashed as they were written and have every digest that is
 * asked for. Whatever is out of the ordinary is given back untold: the main thread meets it again and says what it is.
 * Plain JavaScript, because a Worker loads this very file from `src` under the test runner and from `dist` when built.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { openOrigin } from './http-origin.js';

/**
 * `path` is where the file grows, `names` are what it is called in the end.
 * @typedef {object} FetchJob
 * @property {number} id
 * @property {string} host
 * @property {number} port
 * @property {string} head of the request
 * @property {number} sizeBytes
 * @property {[algorithm: string, hex: string][]} digests
 * @property {string} path
 * @property {string[]} names
 */
/** @typedef {{ open: { connections: number, timeoutMs: number } } | { jobs: FetchJob[] } | { stop: true }} FetchMessage */
/** `bytes` counts what has arrived of large files that are being fetched. */
/** @typedef {{ taken: number[], givenBack: number[], bytes: [id: number, count: number][] }} FetchReport */

if (parentPort === null) throw new Error('fetch-worker.js is to be run as a worker thread');
const port = parentPort;

/** A file up to this size is in memory until it is whole; a larger one is written, and can be continued, as it comes. */
const smallBytes = 256 * 1024;
/** Reports are gathered for this long. */
const reportMs = 2;

/** @type {Map<string, ReturnType<typeof openOrigin>>} */
const origins = new Map();
let settings = { connections: 1, timeoutMs: 30_000 };
/** @type {Buffer[]} */
const freeBuffers = [];

port.on('message', (/** @type {FetchMessage} */ message) => {
  if ('open' in message) settings = message.open;
  else if ('jobs' in message) for (const job of message.jobs) begin(job);
  else for (const origin of origins.values()) origin.stop();
});

/** @param {FetchJob} job */
function begin(job) {
  const server = `${job.host} ${job.port}`;
  const origin = origins.get(server) ?? openOrigin({ ...job, ...settings }, settings.connections);
  origins.set(server, origin);
  const { head, sizeBytes } = job;
  const file = sizeBytes <= smallBytes ? smallFile(job) : largeFile(job);
  // The caller continues a file that an earlier run left.
  if (sizeBytes > smallBytes && existsSync(job.path)) file.giveBack();
  else origin.ask({ head, sizeBytes, ...file });
}

/** @param {FetchJob} job */
function smallFile(job) {
  /** @type {Buffer | undefined} */
  let buffer;
  let filled = 0;
  const restart = () => {
    if (buffer !== undefined) freeBuffers.push(buffer);
    buffer = undefined;
    filled = 0;
    return true;
  };
  /** @param {Buffer} bytes */
  const finish = (bytes) => {
    if (!job.digests.every(([algorithm, hex]) => createHash(algorithm).update(bytes).digest('hex') === hex))
      return false;
    settle(job, () => {
      const file = createFile(job.path);
      try {
        writeAll(file, bytes);
        nameFile(file, job);
      } finally {
        closeSync(file);
      }
    });
    restart();
    return true;
  };
  return {
    /** @param {Buffer} bytes @param {boolean} isLast */
    part(bytes, isLast) {
      if (isLast && filled === 0) return finish(bytes);
      buffer ??= freeBuffers.pop() ?? Buffer.allocUnsafeSlow(smallBytes);
      buffer.set(bytes, filled);
      filled += bytes.length;
      return isLast ? finish(buffer.subarray(0, filled)) : true;
    },
    restart,
    giveBack() {
      restart();
      report.givenBack.push(job.id);
      schedule();
    },
  };
}

/** @param {FetchJob} job */
function largeFile(job) {
  const hashes = job.digests.map(([algorithm, hex]) => ({ hex, hash: createHash(algorithm) }));
  /** @type {number | undefined} */
  let file;
  let filled = 0;
  let hasFailed = false;
  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    /** @param {Buffer} bytes @param {boolean} isLast */
    part(bytes, isLast) {
      if (hasFailed) return false;
      try {
        file ??= createFile(job.path);
        writeAll(file, bytes);
      } catch {
        hasFailed = true;
        return false;
      }
      filled += bytes.length;
      for (const { hash } of hashes) hash.update(bytes);
      report.bytes.push([job.id, bytes.length]);
      schedule();
      if (!isLast) return true;
      const isRight = hashes.every(({ hex, hash }) => hash.digest('hex') === hex);
      if (isRight) {
        const whole = file;
        settle(job, () => nameFile(whole, job));
      }
      close();
      if (!isRight) unlinkSync(job.path);
      return isRight;
    },
    /** The caller continues the part that exists. */
    restart: () => filled === 0,
    giveBack() {
      close();
      report.givenBack.push(job.id);
      schedule();
    },
  };
}

/** Reports the job as taken; as given back when its file could not be made. @param {FetchJob} job @param {() => void} make */
function settle({ id }, make) {
  try {
    make();
    report.taken.push(id);
  } catch {
    report.givenBack.push(id);
  }
  schedule();
}

/** An existing file stays untouched: it may be an earlier run's. @param {string} path */
function createFile(path) {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
}

/** @param {number} file @param {Uint8Array} bytes */
function writeAll(file, bytes) {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** @param {number} file @param {FetchJob} job */
function nameFile(file, { path, sizeBytes, names: [name = '', ...others] }) {
  const { size, mode } = fstatSync(file);
  if (size !== sizeBytes) throw new Error('somebody else writes to it');
  // POM uses this mode, whatever the umask.
  if ((mode & 0o7777) !== 0o644) fchmodSync(file, 0o644);
  renameSync(path, name);
  for (const other of others) linkInPlace(name, other);
}

/** @param {string} name @param {string} other */
function linkInPlace(name, other) {
  try {
    linkSync(name, other);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    unlinkSync(other);
    linkSync(name, other);
  }
}

/** @type {FetchReport} */
let report = { taken: [], givenBack: [], bytes: [] };
let isScheduled = false;

function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    port.postMessage(report);
    report = { taken: [], givenBack: [], bytes: [] };
  }, reportMs);
}
