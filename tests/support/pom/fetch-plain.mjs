/** One file into the pool and the snapshot: re-used where the pool has it, else fetched; the pool stays locked. */
import { join } from 'node:path';
import { fetchFile } from './http.mjs';
import { say } from './output.mjs';
import { addFile, contains, linkFile, readContent, withPool } from './pool.mjs';

/**
 * @param {import('./snapshot-create.mjs').Work} work
 * @param {string} url
 * @param {number} maxBytes
 */
export async function fetchUrl({ login }, url, maxBytes) {
  say(`-> GET '${url}'..`);
  return await fetchFile(url, { maxBytes, login });
}

/**
 * @param {import('./snapshot-create.mjs').Work} work
 * @param {object} file
 * @param {string} file.url
 * @param {string} file.path below the snapshot
 * @param {number} file.sizeBytes
 * @param {import('./pool.mjs').Checksums} file.checksums
 * @param {boolean} file.needsData
 * @returns {Promise<{ data: Buffer, fetchedBytes: number }>}
 */
export async function fetchPlainFile(work, { url, path, sizeBytes, checksums, needsData }) {
  const { pool, mirror, prefix, dryRun } = work;
  const verify = mirror['verify'] === true;
  return await withPool(pool, async () => {
    /** @type {Buffer} */
    let data = Buffer.alloc(0);
    let fetchedBytes = 0;
    if (contains(pool, checksums)) {
      if (needsData || verify) data = readContent(pool, checksums, verify);
    } else {
      data = await fetchUrl(work, url, sizeBytes);
      fetchedBytes = data.length;
      // Not `sync`: POM looks at the wrong option here.
      addFile(pool, data, { checksums, sync: verify });
    }
    if (!dryRun) linkFile(pool, checksums, join(prefix, path));
    return { data, fetchedBytes };
  });
}
