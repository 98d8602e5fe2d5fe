/** Copies a mirror's link directory and what it needs of the pool to a medium, and removes there what vanished. */
import { existsSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PomError, quoted } from './errors.mjs';
import { say, warn } from './output.mjs';
import { addFile, contains, linkFile, readContent, verifyChecksums, withPool } from './pool.mjs';
import { collectGarbage, filesBelow, poolFiles } from './pool-gc.mjs';
import { filesByPath } from './snapshot-commands.mjs';

/** @typedef {import('./pool.mjs').Pool} Pool */

/**
 * @param {Pool} source
 * @param {Pool} target
 * @param {{ verify: boolean }} options
 */
export async function syncPool(source, target, { verify }) {
  await withPool(source, () => withPool(target, () => syncLocked(source, target, verify)));
}

/**
 * What differs between two pools' link directories, by path.
 * @param {Pool} source
 * @param {Pool} target
 */
export async function diffPools(source, target) {
  return await withPool(source, () =>
    withPool(target, () => {
      const [here, there] = [filesByPath(source.linkDirectory), filesByPath(target.linkDirectory)];
      const [hereKnown, thereKnown] = [poolFiles(source), poolFiles(target)];
      /** @type {[string, number][]} */
      const changed = [];
      for (const [path, file] of here) {
        const other = there.get(path);
        if (other === undefined) continue;
        const same = checksumText(hereKnown.get(file.inode)) === checksumText(thereKnown.get(other.inode));
        if (!same) changed.push([path, Math.abs(file.sizeBytes - other.sizeBytes)]);
      }
      return {
        onlyThere: sizesOf([...there].filter(([path]) => !here.has(path))),
        onlyHere: sizesOf([...here].filter(([path]) => !there.has(path))),
        changed,
      };
    }),
  );
}

/**
 * @param {readonly (readonly [string, import('./pool-gc.mjs').FoundFile])[]} files
 * @returns {[string, number][]}
 */
export function sizesOf(files) {
  return files.map(([path, { sizeBytes }]) => [path, sizeBytes]);
}

/**
 * @param {Pool} source
 * @param {Pool} target
 * @param {boolean} verify
 */
function syncLocked(source, target, verify) {
  const known = poolFiles(source);
  say(`Found ${known.size} pool checksum files.`);
  say('Looking for new files and links..');
  const added = { files: 0, sizeBytes: 0, links: 0 };
  let checked = 0;
  for (const file of filesBelow(source.linkDirectory)) {
    const poolFile = known.get(file.inode);
    if (poolFile === undefined)
      throw new PomError(`Found file not part of source pool: ${quoted(file.path)}`);
    const { checksums } = poolFile;
    checked += 1;
    if (!contains(target, checksums)) {
      const data = readFileSync(file.path);
      if (verify) verifyChecksums(data, checksums);
      addFile(target, data, { checksums, sync: verify, trusted: true });
      added.files += 1;
      added.sizeBytes += file.sizeBytes;
    } else if (verify) readContent(target, checksums, true);
    if (linkFile(target, checksums, relative(source.linkDirectory, file.path))) added.links += 1;
    if (checked % 10 === 0) say(`Progress: checked ${checked} links; ${addedText(added)}`);
  }
  say(`Stats: checked ${checked} links; ${addedText(added)}`);
  say('Looking for vanished files..');
  removeVanished(source, target);
  say(`Syncing done: ${addedText(added)}`);
}

/** @param {{ files: number, sizeBytes: number, links: number }} added */
function addedText({ files, sizeBytes, links }) {
  return `added ${files} files (${sizeBytes}b) / ${links} links to target pool`;
}

/**
 * @param {Pool} source
 * @param {Pool} target
 */
function removeVanished(source, target) {
  const known = poolFiles(target);
  let vanished = 0;
  let orphans = 0;
  for (const file of filesBelow(target.linkDirectory)) {
    if (!known.has(file.inode)) {
      warn(`Found path in target pool that is not registered: ${quoted(file.path)}`);
      orphans += 1;
    } else if (!existsSync(join(source.linkDirectory, relative(target.linkDirectory, file.path)))) {
      unlinkSync(file.path);
      removeEmptyParents(dirname(file.path), dirname(target.linkDirectory));
      vanished += 1;
    }
  }
  if (vanished === 0 && orphans === 0) {
    say('None found.');
    return;
  }
  if (vanished > 0) say(`Unlinked ${vanished} vanished files.`);
  if (orphans > 0) say(`Found ${orphans} orphaned files.`);
  say('Running GC now.');
  const { count, sizeBytes } = collectGarbage(target);
  say(`GC removed ${count} files, freeing ${sizeBytes}b`);
}

/**
 * The link directory goes too when nothing is left in it, and the collection then fails.
 * @param {string} directory
 * @param {string} end
 */
function removeEmptyParents(directory, end) {
  for (let path = directory; path !== end; path = dirname(path)) {
    try {
      rmdirSync(path);
    } catch {
      return;
    }
  }
}

/** @param {import('./pool-gc.mjs').PoolFile | undefined} file */
function checksumText(file) {
  return file === undefined ? '' : `${file.checksums.sha256} ${file.checksums.sha512}`;
}
