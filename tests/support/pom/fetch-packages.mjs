/** The packages of the indices, one after the other. */
import { anyOrder } from './environment.mjs';
import { PomError } from './errors.mjs';
import { fetchPlainFile } from './fetch-plain.mjs';
import { parseGlobs, skipReason } from './filter.mjs';
import { say, warn } from './output.mjs';
import { contains } from './pool.mjs';
import { addProgress, count, newProgress, progressText } from './progress.mjs';

/**
 * @typedef {import('./snapshot-create.mjs').Work} Work
 * @typedef {{ progress: import('./progress.mjs').Progress, skippedCount: number, skippedBytes: number }} PackageTotals
 */

/**
 * @param {Work} work
 * @param {import('./fetch-indices.mjs').FoundIndices} indices
 * @returns {Promise<PackageTotals>}
 */
export async function fetchPackages(work, indices) {
  /** @type {PackageTotals} */
  const totals = { progress: newProgress(), skippedCount: 0, skippedBytes: 0 };
  for (const [component, found] of anyOrder(indices)) {
    say(`\nFetching ${component} packages..`);
    const filter = {
      component,
      sections: /** @type {string[]} */ (work.mirror['skip-sections'] ?? []),
      globs: parseGlobs(/** @type {string[]} */ (work.mirror['skip-packages'] ?? [])),
    };
    for (const index of anyOrder(found)) await fetchIndexed(work, { index, filter, totals });
  }
  return totals;
}

/**
 * @param {Work} work
 * @param {object} options
 * @param {import('./fetch-indices.mjs').FoundIndex} options.index
 * @param {Parameters<typeof skipReason>[1]} options.filter
 * @param {PackageTotals} options.totals
 */
async function fetchIndexed(work, { index: { base, files }, filter, totals }) {
  if (files.length === 0) {
    say(`\n${base} - no files, skipping.`);
    return;
  }
  say(`\n${base} - ${files.length} total file(s)`);
  const progress = newProgress();
  const step = Math.max(Math.floor(files.length / 100), 1);
  let skippedCount = 0;
  let skippedBytes = 0;
  for (const file of files) {
    const reason = skipReason(file, filter);
    if (reason !== undefined) {
      say(`\tskipping ${file.name} - ${file.sizeBytes}b (${reason})`);
      skippedCount += 1;
      skippedBytes += file.sizeBytes;
      continue;
    }
    await fetchOne(work, { base, file, progress });
    if ((progress.newFiles + progress.reusedFiles) % step === 0) say(`\tProgress: ${progressText(progress)}`);
  }
  say(`\tProgress: ${progressText(progress)}`);
  addProgress(totals.progress, progress);
  if (skippedCount === 0) return;
  totals.skippedCount += skippedCount;
  totals.skippedBytes += skippedBytes;
  say(`Skipped downloading ${skippedCount} packages totalling ${skippedBytes}b`);
}

/**
 * @param {Work} work
 * @param {object} options
 * @param {string} options.base
 * @param {import('./package-index.mjs').ListedFile} options.file
 * @param {import('./progress.mjs').Progress} options.progress
 */
async function fetchOne(work, { base, file, progress }) {
  const url = `${work.repository.uri}/${file.path}`;
  if (work.dryRun) {
    const missing = !contains(work.pool, file.checksums);
    if (missing) say(`\t(dry-run) GET missing '${url}' (${file.sizeBytes}b)`);
    count(progress, missing ? file.sizeBytes : 0);
    return;
  }
  try {
    const result = await fetchPlainFile(work, { ...file, url, needsData: false });
    count(progress, result.fetchedBytes);
  } catch (error) {
    if (!(error instanceof PomError) || work.mirror['ignore-errors'] !== true) throw error;
    const warning = `${base}: failed to fetch package '${file.path}' - ${error.message}`;
    warn(warning);
    work.warnings.push(warning);
  }
}
