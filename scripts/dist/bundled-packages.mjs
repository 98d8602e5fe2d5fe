/** Whose code is in the single file, and under which licenses. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @typedef {{ name: string, version: string, license: string, text: string }} BundledPackage */

/**
 * The packages that these files are of, sorted by name.
 * @param {string} root
 * @param {string[]} inputs relative to `root`
 * @returns {Promise<BundledPackage[]>}
 */
export async function bundledPackages(root, inputs) {
  const directories = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const packages = await Promise.all([...directories].map((directory) => readPackage(join(root, directory))));
  const key = (/** @type {BundledPackage} */ { name, version }) => `${name} ${version}`;
  const unique = new Map(packages.map((found) => [key(found), found]));
  return [...unique.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * The text of LICENSES.txt: pommgr's own license, then each package with its own.
 * @param {string} root
 * @param {BundledPackage[]} packages
 */
export async function licensesText(root, packages) {
  const own = await readFile(join(root, 'LICENSE'), 'utf8');
  const rule = `${'-'.repeat(78)}\n`;
  const parts = packages.map(
    ({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`,
  );
  return [`pommgr\n\n${own.trim()}\n`, ...parts].join(`\n${rule}\n`);
}

/**
 * @param {string} directory
 * @returns {Promise<BundledPackage>}
 */
async function readPackage(directory) {
  const about = /** @type {{ name?: string, version?: string, license?: unknown, author?: unknown }} */ (
    JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  );
  const { name, version, license } = about;
  if (name === undefined || version === undefined || typeof license !== 'string') {
    throw new Error(`${directory}/package.json has no name, version and license`);
  }
  const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = await Promise.all(files.toSorted().map((file) => readFile(join(directory, file), 'utf8')));
  const text = texts.length > 0 ? texts.join('\n').trim() : withoutText(about);
  return { name, version, license, text };
}

/**
 * @param {{ license?: unknown, author?: unknown }} about
 */
function withoutText({ license, author }) {
  const named = typeof author === 'object' && author !== null && 'name' in author ? author.name : author;
  return `The package has no file with its license. Its package.json says: ${String(license)}, by ${String(named)}.`;
}
