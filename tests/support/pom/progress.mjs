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
  const files = newFiles + reusedFiles;
  const share = files === 0 ? 100 : (reusedFiles / files) * 100;
  return `${newFiles} new files (${newBytes}b), re-used ${reusedFiles} existing files (${share.toFixed(2)}% re-used)..`;
}
