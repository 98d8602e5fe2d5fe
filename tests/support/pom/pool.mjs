/**
 * POM's content-addressed files: `<pool>/sha256/<hex>` and `<pool>/sha512/<hex>`, hard-linked into a mirror's
 * directory (its link directory). All but reading a list happens under the pool's lock.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoText, osErrorText, PomError, quoted } from './errors.mjs';
import { withLock } from './lock.mjs';
import { collectGarbage } from './pool-gc.mjs';

/**
 * @typedef {{ linkDirectory: string, poolDirectory: string }} Pool
 * @typedef {{ sha256?: string | undefined, sha512?: string | undefined }} Checksums lower-case hex
 */

/**
 * @param {string} base
 * @param {string} id
 * @param {string} [poolName]
 * @returns {Pool}
 */
function poolOf(base, id, poolName = '.pool') {
  return { linkDirectory: join(base, id), poolDirectory: join(base, poolName) };
}

/**
 * Makes the directories of a mirror whose link directory does not exist yet.
 * @param {string} base
 * @param {string} id
 * @param {string} [poolName]
 */
export function createPool(base, id, poolName) {
  const pool = poolOf(base, id, poolName);
  if (existsSync(pool.linkDirectory)) {
    throw new PomError(`Pool link dir ${quoted(pool.linkDirectory)} already exists.`);
  }
  try {
    // The directories of the digests come with the first file.
    makeDirectory(pool.poolDirectory);
    makeDirectory(pool.linkDirectory);
  } catch (error) {
    throw new PomError(errnoText(error));
  }
  return pool;
}

/**
 * @param {string} base
 * @param {string} id
 * @param {string} [poolName]
 */
export function openPool(base, id, poolName) {
  const pool = poolOf(base, id, poolName);
  if (!existsSync(pool.linkDirectory)) {
    throw new PomError(`Pool link dir ${quoted(pool.linkDirectory)} doesn't exist.`);
  }
  if (!existsSync(pool.poolDirectory)) {
    throw new PomError(`Pool dir ${quoted(pool.poolDirectory)} doesn't exist.`);
  }
  return pool;
}

/**
 * @template T
 * @param {Pool} pool
 * @param {() => Promise<T> | T} work
 */
export async function withPool(pool, work) {
  return await withLock(join(pool.poolDirectory, '.lock'), 30, work);
}

/**
 * @param {Pool} pool
 * @param {Checksums} checksums
 */
export function contains(pool, checksums) {
  return namesOf(pool, checksums).some((path) => existsSync(path));
}

/**
 * The content of a file that the pool has; with `verify` it is hashed again.
 * @param {Pool} pool
 * @param {Checksums} checksums
 * @param {boolean} verify
 */
export function readContent(pool, checksums, verify) {
  const path = namesOf(pool, checksums).find((name) => existsSync(name));
  if (path === undefined) throw new PomError('no such file in pool');
  const data = readFileSync(path);
  if (verify) verifyChecksums(data, checksums);
  return data;
}

/**
 * Hashes, writes one name through a temporary file and links the other to it.
 * @param {Pool} pool
 * @param {Uint8Array} data
 * @param {{ checksums: Checksums, sync: boolean, trusted?: boolean }} options `trusted`: not hashed
 */
export function addFile(pool, data, { checksums, sync, trusted = false }) {
  if (!trusted) verifyChecksums(data, checksums);
  const [first, ...others] = namesOf(pool, checksums);
  if (first === undefined) throw new PomError('no checksums given');
  replaceFile(first, data, sync);
  for (const other of others) {
    makeDirectory(dirname(other));
    rmSync(other, { force: true });
    linkSync(first, other);
  }
}

/**
 * Links a pool file below the link directory. False when it was there already.
 * @param {Pool} pool
 * @param {Checksums} checksums
 * @param {string} path relative to the link directory
 */
export function linkFile(pool, checksums, path) {
  const source = namesOf(pool, checksums).find((name) => existsSync(name));
  if (source === undefined) throw new PomError('Cannot link file not contained in pool');
  const target = join(pool.linkDirectory, path);
  if (existsSync(target)) {
    if (statSync(target).ino === statSync(source).ino) return false;
    const inode = `ino#${statSync(target).ino}`;
    throw new PomError(`Target path ${quoted(target)} already exists as link to ${inode}, unlink first.`);
  }
  makeDirectory(dirname(target));
  linkSync(source, target);
  return true;
}

/**
 * Removes a mirror's files, collects, and stumbles over its directory, which the collection has removed.
 * @param {Pool} pool
 */
export async function destroyPool(pool) {
  await withPool(pool, () => {
    rmSync(pool.linkDirectory, { recursive: true });
    mkdirSync(pool.linkDirectory);
    collectGarbage(pool);
    try {
      rmdirSync(pool.linkDirectory);
    } catch (error) {
      throw new PomError(osErrorText(error));
    }
  });
}

/**
 * With its parents. Node's own way never ends where a parent cannot be made, as below /proc.
 * @param {string} path
 */
function makeDirectory(path) {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
}

/**
 * @param {Uint8Array} data
 * @param {Checksums} checksums
 */
export function verifyChecksums(data, checksums) {
  for (const algorithm of /** @type {const} */ (['sha512', 'sha256'])) {
    const expected = checksums[algorithm];
    if (expected === undefined) continue;
    const got = createHash(algorithm).update(data).digest('hex');
    if (got !== expected) throw new PomError(`hash mismatch: ${got} != ${expected}`);
  }
}

/**
 * Write, sync, rename; killed in between it leaves `<name>.tmp_XXXXXX`.
 * @param {string} path
 * @param {Uint8Array} data
 * @param {boolean} sync
 */
export function replaceFile(path, data, sync) {
  const temporary = `${path}.tmp_${randomBytes(12).toString('base64').replaceAll(/[+/=]/g, '').slice(0, 6)}`;
  try {
    makeDirectory(dirname(path));
    const file = openSync(temporary, 'wx', 0o644);
    try {
      for (let at = 0; at < data.length; )
        at += writeSync(file, data, at, Math.min(data.length - at, 1 << 20));
      if (sync) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new PomError(`write failed: ${osErrorText(error)}`);
  }
}

/**
 * @param {Pool} pool
 * @param {Checksums} checksums
 */
function namesOf(pool, checksums) {
  const names = [];
  if (checksums.sha512 !== undefined) names.push(join(pool.poolDirectory, 'sha512', checksums.sha512));
  if (checksums.sha256 !== undefined) names.push(join(pool.poolDirectory, 'sha256', checksums.sha256));
  return names;
}
