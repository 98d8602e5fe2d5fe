/** POM's count of fetched and re-used files. */

/** @typedef {{ newFiles: number, newBytes: number, reusedFiles: number }} Progress */

/** @returns {Progress} */
export function newProgress() {
  return { newFiles: 0, newBytes: 0, reusedFiles: 0 };
}

/**
 * @param {Progress} progress
 * @param {number} fetchedBytes 0 for a file that was there
 */
export function count(progress, fetchedBytes) {
  if (fetchedBytes > 0) {
    progress.newFiles += 1;
    progress.newBytes += fetchedBytes;
  } else progress.reusedFiles += 1;
}

/**
 * @param {Progress} total
 * @param {Progress} part
 */
export function addProgress(total, part) {
  total.newFiles += part.newFiles;
  total.newBytes += part.newBytes;
  total.reusedFiles += part.reusedFiles;
}

/** @param {Progress} progress */
export function progressText({ newFiles, newBytes, reusedFiles }) {
  const share = shareText(reusedFiles, newFiles + reusedFiles);
  return `${newFiles} new files (${newBytes}b), re-used ${reusedFiles} existing files (${share}% re-used)..`;
}

/**
 * Per cent with two places, a half rounded to the even one as Rust does.
 * @param {number} part
 * @param {number} whole
 */
function shareText(part, whole) {
  if (whole === 0) return '100.00';
  const scaled = Math.floor((part * 10_000) / whole);
  const rest = 2 * (part * 10_000 - scaled * whole);
  const up = rest > whole || (rest === whole && scaled % 2 === 1);
  return ((scaled + (up ? 1 : 0)) / 100).toFixed(2);
}
