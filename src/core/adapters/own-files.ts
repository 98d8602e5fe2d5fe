/**
 * Locates pommgr's own files: package.json, templates/, the code of its threads. Only this module knows whether they
 * lie beside the code or are inlined in the single file that `npm run dist` makes.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Maps a path in the package to its text; only scripts/dist/single-file.mjs defines it. */
declare const pommgrInlinedFiles: Readonly<Record<string, string>> | undefined;

const inlined = typeof pommgrInlinedFiles === 'undefined' ? undefined : pommgrInlinedFiles;
const packageDirectory = new URL('../../../', import.meta.url);

/** `path` is relative to the package, e.g. `templates/POMMGR.txt`. */
export function readOwnFile(path: string): string {
  if (inlined === undefined) return readFileSync(new URL(path, packageDirectory), 'utf8');
  const text = inlined[path];
  if (text === undefined) throw new Error(`${path} is not in the single file`);
  return text;
}

/**
 * Returns the URL for `new Worker`: a JavaScript module of src/ that imports only Node.js and modules of the same kind.
 */
export function ownThread(path: string): URL {
  if (inlined === undefined) return new URL(`../../${path}`, import.meta.url);
  return new URL(`data:text/javascript,${encodeURIComponent(readOwnFile(path))}`);
}

/** Returns the single file that is running, or the directory of the package. */
export function ownPlace(): { file: string } | { directory: string } {
  if (inlined !== undefined) return { file: fileURLToPath(import.meta.url) };
  return { directory: fileURLToPath(packageDirectory) };
}

/** Returns the directory of the package, or of the single file. */
export function ownDirectory(): string {
  const place = ownPlace();
  return 'file' in place ? dirname(place.file) : place.directory.replace(/\/$/, '');
}
