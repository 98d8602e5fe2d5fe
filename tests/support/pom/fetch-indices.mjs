/** The indices of the chosen components, compressed as the server has them and uncompressed beside. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { anyOrder } from './environment.mjs';
import { PomError } from './errors.mjs';
import { fetchPlainFile } from './fetch-plain.mjs';
import { distPath, distUrl } from './fetch-release.mjs';
import { say, warn } from './output.mjs';
import { parsePackageIndex } from './package-index.mjs';
import { addFile, contains, linkFile, readContent, withPool } from './pool.mjs';
import { addProgress, count, newProgress, progressText } from './progress.mjs';
import { isPackageIndex, kindText } from './release-file.mjs';

/**
 * @typedef {import('./snapshot-create.mjs').Work} Work
 * @typedef {import('./release-file.mjs').Reference} Reference
 * @typedef {{ base: string, files: import('./package-index.mjs').ListedFile[] }} FoundIndex
 * @typedef {Map<string, FoundIndex[]>} FoundIndices by component
 */

/**
 * @param {Work} work
 * @param {{ release: import('./release-file.mjs').Release, wanted: Map<string, string[]> }} options
 * @returns {Promise<FoundIndices>}
 */
export async function fetchIndices(work, { release, wanted }) {
  /** @type {FoundIndices} */
  const found = new Map();
  /** @type {string[]} */
  const failed = [];
  let totalSize = 0;
  for (const [component, bases] of wanted) {
    say(`\nFetching indices for component '${component}'`);
    /** @type {FoundIndex[]} */
    const listed = [];
    found.set(component, listed);
    const progress = newProgress();
    const sizes = { Packages: 0, Sources: 0 };
    for (const base of bases) {
      say(`\tFetching '${base}'..`);
      const references = anyOrder(release.files.get(base) ?? []);
      const data = await fetchForms(work, { references, byHash: release.byHash, progress, failed });
      const kind = references[0]?.kind;
      if (data !== undefined && (kind === 'Packages' || kind === 'Sources')) {
        const index = parsePackageIndex(kind, data);
        const size = index.files.reduce((sum, file) => sum + file.sizeBytes, 0);
        say(`\t${index.packages} ${kind === 'Sources' ? 'source ' : ''}packages totalling ${size}`);
        sizes[kind] += size;
        listed.push({ base, files: index.files });
      }
      say(`Progress: ${progressText(progress)}`);
    }
    say(`Total deb size for component: ${sizes.Packages}`);
    say(`Total dsc size for component: ${sizes.Sources}`);
    totalSize += sizes.Packages;
    addProgress(work.total, progress);
  }
  say(`Total deb size: ${totalSize}`);
  if (failed.length > 0) {
    warn('Failed to download non-package-index references:');
    for (const path of failed) warn(`\t${path}`);
  }
  return found;
}

/**
 * All forms of one index; the uncompressed content of one of them where it lists packages.
 * @param {Work} work
 * @param {object} options
 * @param {readonly Reference[]} options.references
 * @param {boolean} options.byHash
 * @param {import('./progress.mjs').Progress} options.progress
 * @param {string[]} options.failed
 */
async function fetchForms(work, { references, byHash, progress, failed }) {
  const plain =
    references.length > 1 ? references.find(({ compression }) => compression === undefined) : undefined;
  /** @type {Buffer | undefined} */
  let data;
  for (const reference of references) {
    // The server may lack what Release lists uncompressed.
    if (reference === plain) continue;
    try {
      const result = await fetchForm(work, { reference, plain, byHash });
      count(progress, result.fetchedBytes);
      if (isPackageIndex(reference)) data ??= result.data;
    } catch (error) {
      if (!(error instanceof PomError) || isPackageIndex(reference)) throw error;
      const what = `'${kindText(reference)}' type reference '${reference.path}'`;
      const warning = `Failed to fetch ${what}, skipping - ${error.message}`;
      warn(warning);
      work.warnings.push(warning);
      failed.push(reference.path);
    }
  }
  return data;
}

/**
 * @param {Work} work
 * @param {{ reference: Reference, plain: Reference | undefined, byHash: boolean }} options
 */
async function fetchForm(work, { reference, plain, byHash }) {
  const { pool, mirror, prefix, repository, dryRun } = work;
  const path = distPath(repository.suite, reference.path);
  const plainPath = plain === undefined ? undefined : join(prefix, distPath(repository.suite, plain.path));
  if (plain !== undefined && contains(pool, reference.checksums) && contains(pool, plain.checksums)) {
    return await withPool(pool, () => {
      const data = readContent(pool, plain.checksums, mirror['verify'] === true);
      if (!dryRun) {
        linkFile(pool, reference.checksums, join(prefix, path));
        linkFile(pool, plain.checksums, String(plainPath));
      }
      return { data, fetchedBytes: 0 };
    });
  }
  const { data: content, fetchedBytes } = await fetchFirst(work, { reference, path, byHash });
  const known = plain !== undefined && contains(pool, plain.checksums);
  const data = known ? readContent(pool, plain.checksums, false) : decompressed(reference, content);
  if (plain !== undefined && !dryRun) {
    await withPool(pool, () => {
      if (!contains(pool, plain.checksums)) {
        addFile(pool, data, { checksums: plain.checksums, sync: mirror['sync'] === true });
      }
      linkFile(pool, plain.checksums, String(plainPath));
    });
  }
  return { data, fetchedBytes };
}

/**
 * By SHA-512, by SHA-256, by name: the first that works, else the last error.
 * @param {Work} work
 * @param {{ reference: Reference, path: string, byHash: boolean }} options
 */
async function fetchFirst(work, { reference, path, byHash }) {
  const url = distUrl(work, reference.path);
  const directory = url.slice(0, url.lastIndexOf('/'));
  const { sha512, sha256 } = reference.checksums;
  const urls = [url];
  if (byHash && sha256 !== undefined) urls.unshift(`${directory}/by-hash/SHA256/${sha256}`);
  if (byHash && sha512 !== undefined) urls.unshift(`${directory}/by-hash/SHA512/${sha512}`);
  /** @type {unknown} */
  let last;
  for (const candidate of urls) {
    try {
      const { checksums, sizeBytes } = reference;
      return await fetchPlainFile(work, { url: candidate, path, sizeBytes, checksums, needsData: true });
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/**
 * @param {Reference} reference
 * @param {Buffer} content
 */
function decompressed({ compression }, content) {
  if (compression === undefined) return content;
  if (compression === 'Gzip') return gunzipSync(content);
  const program = compression === 'Xz' ? 'xz' : 'bzip2';
  const result = spawnSync(program, ['-dc'], { input: content, maxBuffer: 1024 * 1024 * 1024 });
  if (result.status !== 0) throw new PomError(`${program} decoder failed`);
  return result.stdout;
}
