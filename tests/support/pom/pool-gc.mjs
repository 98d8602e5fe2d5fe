/** What a pool holds by inode, and the collection of what nothing links; with POM's traps. */
import { readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { PomError, quoted, walkError } from './errors.mjs';
import { say, warn } from './output.mjs';

/**
 * @typedef {import('./pool.mjs').Pool} Pool
 * @typedef {import('./pool.mjs').Checksums} Checksums
 * @typedef {{ checksums: Checksums, names: string[] }} PoolFile all pool names of one inode
 * @typedef {{ path: string, inode: number, sizeBytes: number, links: number }} FoundFile
 */

/**
 * The checksum files by inode. A name of the right length that is no hex number is an error; others are passed over.
 * @param {Pool} pool
 * @returns {Map<number, PoolFile>}
 */
export function poolFiles(pool) {
  /** @type {Map<number, PoolFile>} */
  const files = new Map();
  for (const { path, inode } of poolEntries(pool)) {
    const name = basename(path);
    if (!/^sha(?:256|512)$/.test(relative(pool.poolDirectory, dirname(path)))) {
      warn(`skipping unknown pool path ${quoted(path)}`);
      continue;
    }
    if (name.length !== 64 && name.length !== 128) {
      warn(`Invalid checksum file name length ${name.length}: ${quoted(path)}`);
      continue;
    }
    const position = name.search(/[^0-9a-fA-F]/);
    if (position >= 0) throw new PomError(`Invalid character '${name[position]}' at position ${position}`);
    const file = files.get(inode) ?? { checksums: {}, names: [] };
    file.names.push(path);
    file.checksums[name.length === 64 ? 'sha256' : 'sha512'] = name;
    files.set(inode, file);
  }
  return files;
}

/**
 * Removes pool files without a link, files below the link directory that are not of the pool, and empty directories
 * there, the link directory itself included.
 * @param {Pool} pool
 */
export function collectGarbage(pool) {
  const known = poolFiles(pool);
  let count = 0;
  let sizeBytes = 0;
  /** @param {FoundFile} file @param {string} lead */
  const remove = (file, lead) => {
    say(`${lead} ${quoted(file.path)}`);
    unlinkSync(file.path);
    count += 1;
    sizeBytes += file.sizeBytes;
  };
  for (const file of filesBelow(pool.linkDirectory)) {
    if (!known.has(file.inode)) remove(file, 'Removing orphan:');
  }
  for (const file of poolEntries(pool)) {
    const names = known.get(file.inode)?.names;
    if (names === undefined) remove(file, 'Removing orphan:');
    else if (file.links === names.length) remove(file, 'Removing');
  }
  removeEmpty(pool.linkDirectory);
  return { count, sizeBytes };
}

/**
 * Every regular file below a directory, however deep.
 * @param {string} directory
 * @returns {FoundFile[]}
 */
export function filesBelow(directory) {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    throw walkError(directory, error);
  }
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    if (!entry.isFile()) return [];
    const { ino, size, nlink } = statSync(path);
    return [{ path, inode: ino, sizeBytes: size, links: nlink }];
  });
}

/** @param {Pool} pool */
function poolEntries(pool) {
  const lock = join(pool.poolDirectory, '.lock');
  return filesBelow(pool.poolDirectory).filter(({ path }) => path !== lock);
}

/**
 * @param {string} directory
 * @returns {boolean} whether it is gone
 */
function removeEmpty(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  const left = entries.filter((entry) => !entry.isDirectory() || !removeEmpty(join(directory, entry.name)));
  if (left.length > 0) return false;
  rmdirSync(directory);
  return true;
}
