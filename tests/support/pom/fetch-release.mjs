/** Release with Release.gpg, or InRelease: fetched, checked, kept by SHA-512 alone. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PomError } from './errors.mjs';
import { fetchUrl } from './fetch-plain.mjs';
import { say, warn } from './output.mjs';
import { addFile, contains, linkFile, withPool } from './pool.mjs';
import { count } from './progress.mjs';
import { parseRelease } from './release-file.mjs';
import { verifySignature } from './signature.mjs';

/** @typedef {import('./snapshot-create.mjs').Work} Work */

const maxBytes = 256 * 1024 * 1024;

/**
 * Undefined when it could not be fetched; a signature that is not good is an error.
 * @param {Work} work
 * @param {{ detached: boolean }} options
 */
export async function fetchRelease(work, { detached }) {
  say(detached ? 'Fetching Release/Release.gpg files' : 'Fetching InRelease file');
  const signature = detached ? await fetchOrWarn(work, 'Release.gpg') : undefined;
  if (detached && signature === undefined) return undefined;
  const name = detached ? 'Release' : 'InRelease';
  const content = await fetchOrWarn(work, name);
  if (content === undefined) return undefined;
  say(`Verifying '${detached ? 'Release(.gpg)' : name}' signature using provided repository key..`);
  const text = verifySignature({
    content,
    key: work.key,
    ...(signature === undefined ? {} : { signature }),
    ...(work.mirror['weak-crypto'] === undefined ? {} : { weakCrypto: String(work.mirror['weak-crypto']) }),
  });
  say('Success');
  await keep(work, name, content);
  if (signature !== undefined) await keep(work, 'Release.gpg', signature);
  count(work.total, content.length + (signature?.length ?? 0));
  say(`Parsing ${name}..`);
  const release = parseRelease(text.toString('utf8'));
  say(`'${name}' file has ${release.files.size} referenced files..`);
  return release;
}

/**
 * @param {Work} work
 * @param {string} name
 */
async function fetchOrWarn(work, name) {
  try {
    return await fetchUrl(work, distUrl(work, name), maxBytes);
  } catch (error) {
    if (!(error instanceof PomError)) throw error;
    warn(`${name} fetch failure: ${error.message}`);
    return undefined;
  }
}

/**
 * @param {Work} work
 * @param {string} path below the suite's directory
 */
export function distUrl({ repository }, path) {
  return `${repository.uri}/${distPath(repository.suite, path)}`;
}

/**
 * @param {string} suite
 * @param {string} path
 */
export function distPath(suite, path) {
  return suite.endsWith('/') ? `${suite}${path}` : `dists/${suite}/${path}`;
}

/**
 * @param {Work} work
 * @param {string} name
 * @param {Buffer} content
 */
async function keep({ pool, mirror, prefix, repository, dryRun }, name, content) {
  if (dryRun) return;
  const checksums = { sha512: createHash('sha512').update(content).digest('hex') };
  await withPool(pool, () => {
    if (!contains(pool, checksums)) addFile(pool, content, { checksums, sync: mirror['sync'] === true });
    linkFile(pool, checksums, join(prefix, distPath(repository.suite, name)));
  });
}
