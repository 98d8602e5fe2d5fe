/** `mirror snapshot create`: Release files, indices, packages, all below `<time>.tmp`, then one rename. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { anyOrder, epochSeconds, readFileOr, rfc3339 } from './environment.mjs';
import { osErrorText, PomError, quoted } from './errors.mjs';
import { fetchIndices } from './fetch-indices.mjs';
import { fetchPackages } from './fetch-packages.mjs';
import { fetchRelease } from './fetch-release.mjs';
import { environmentProxy } from './http.mjs';
import { say, warn } from './output.mjs';
import { openPool, withPool } from './pool.mjs';
import { addProgress, newProgress, progressText } from './progress.mjs';
import { isSkipped, kindText } from './release-file.mjs';
import { parseRepositoryLine } from './repository-line.mjs';

/**
 * @typedef {object} Work what every step of one run shares
 * @property {import('./pool.mjs').Pool} pool
 * @property {import('./repository-line.mjs').RepositoryLine} repository
 * @property {Buffer} key
 * @property {import('./config-file.mjs').Properties} mirror
 * @property {string | undefined} login
 * @property {string} prefix directory below the link directory
 * @property {boolean} dryRun
 * @property {string[]} warnings
 * @property {import('./progress.mjs').Progress} total
 */

/**
 * @param {import('./config-file.mjs').Section} section of the mirror
 * @param {{ login: string | undefined, dryRun: boolean }} options
 */
export async function createSnapshot({ id, properties }, { login, dryRun }) {
  const pool = openPool(String(properties['base-dir']), id);
  const repository = parseRepositoryLine(String(properties['repository']));
  const key = readFileOr(String(properties['key-path']));
  environmentProxy();
  const name = rfc3339(epochSeconds());
  /** @type {Work} */
  const work = {
    pool,
    repository,
    key,
    mirror: properties,
    login,
    prefix: `${name}.tmp`,
    dryRun,
    warnings: [],
    total: newProgress(),
  };
  const detached = await fetchRelease(work, { detached: true });
  const inline = await fetchRelease(work, { detached: false });
  const release = detached ?? inline;
  if (release === undefined) throw new PomError('Neither Release(.gpg) nor InRelease available!');
  const wanted = chooseReferences(work, release);
  const indices = await fetchIndices(work, { release, wanted });
  const packages = await fetchPackages(work, indices);
  sayStats(work, { ...packages, hasIndices: wanted.size > 0 });
  if (dryRun) return;
  say(`\nRotating temp. snapshot in-place: "${name}.tmp" -> "${name}"`);
  await withPool(pool, () => rotate(join(pool.linkDirectory, `${name}.tmp`), join(pool.linkDirectory, name)));
}

/**
 * The indices to fetch by component, as paths without compression.
 * @param {Work} work
 * @param {import('./release-file.mjs').Release} release
 * @returns {Map<string, string[]>}
 */
function chooseReferences({ mirror, repository }, release) {
  /** @type {Map<string, string[]>} */
  const wanted = new Map();
  let skipped = 0;
  const architectures = /** @type {string[]} */ (mirror['architectures']);
  for (const [base, references] of anyOrder(release.files)) {
    const [first] = anyOrder(references);
    if (first === undefined) continue;
    if (isSkipped(first, { ...repository, architectures })) {
      say(`Skipping ${first.path}`);
      skipped += 1;
    } else wanted.set(first.component, [...(wanted.get(first.component) ?? []), base]);
  }
  say('');
  let totalCount = 0;
  let totalSize = 0;
  for (const [component, bases] of wanted) {
    say(`Component '${component}'`);
    const references = bases.flatMap((base) => anyOrder(release.files.get(base) ?? []));
    for (const reference of references) say(`\t${quoted(reference.path)}: ${kindText(reference)}`);
    const size = references.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    say(`Component references count: ${bases.length}`);
    say(`Component indices size: ${size}`);
    totalCount += bases.length;
    totalSize += size;
  }
  say(`Total indices count: ${totalCount}`);
  say(`Total indices size: ${totalSize}`);
  if (skipped > 0) say(`Skipped ${skipped} references`);
  say('');
  return wanted;
}

/**
 * @param {Work} work
 * @param {import('./fetch-packages.mjs').PackageTotals & { hasIndices: boolean }} packages
 */
function sayStats(work, { progress, skippedCount, skippedBytes, hasIndices }) {
  if (work.dryRun) {
    say(`\nDry-run Stats (indices, downloaded but not persisted):\n${progressText(work.total)}`);
    say(`\nDry-run stats (packages, new == missing):\n${progressText(progress)}`);
  } else {
    addProgress(work.total, progress);
    say(`\nStats: ${progressText(work.total)}`);
  }
  if (hasIndices) say(`Skipped downloading ${skippedCount} packages totalling ${skippedBytes}b`);
  if (work.warnings.length === 0) return;
  warn('Warnings:');
  for (const warning of work.warnings) warn(`- ${warning}`);
}

/**
 * @param {string} from
 * @param {string} to
 */
function rotate(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    throw new PomError(`Failed to rename ${quoted(from)} to ${quoted(to)} - ${osErrorText(error)}`);
  }
}
