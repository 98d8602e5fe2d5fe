/**
 * `npm run check:sizes`: the code stays in pieces that one reads at a sitting. It fails where the median file of src/
 * has 90 lines or more, a file more than 250, or a folder more than 45 files, and where it found no files at all.
 * tests/contract/sizes.test.ts sees it fail.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const medianLines = 90;
const maxLines = 250;
const maxFiles = 45;

/** @param {Map<string, number>} lines of each file, by its path @returns {string[]} objections, in words */
export function objections(lines) {
  const sorted = [...lines.values()].toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) return ['There are no source files to look at.'];
  /** @type {Map<string, number>} */
  const folders = new Map();
  for (const path of lines.keys()) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1);
  return [
    ...(median < medianLines
      ? []
      : [`The median file has ${median} lines, expected less than ${medianLines}.`]),
    ...[...lines]
      .filter(([, count]) => count > maxLines)
      .map(([path, count]) => `${path} has ${count} lines, expected at most ${maxLines}.`),
    ...[...folders]
      .filter(([, count]) => count > maxFiles)
      .map(([folder, count]) => `${folder} has ${count} files, expected at most ${maxFiles}.`),
  ];
}

/** @param {string} root @returns {Map<string, number>} lines of each source file below src/ */
function countLines(root) {
  const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return new Map(
    paths
      .filter((path) => /\.[jt]s$/.test(path))
      .map((path) => [
        join('src', path),
        readFileSync(join(root, 'src', path), 'utf8').split('\n').length - 1,
      ]),
  );
}

if (argv[1] !== undefined && resolve(argv[1]) === fileURLToPath(import.meta.url)) {
  const found = objections(countLines(resolve(argv[2] ?? '.')));
  for (const objection of found) console.error(objection);
  if (found.length > 0) process.exitCode = 1;
}
