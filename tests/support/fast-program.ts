/**
 * The built program in one file, as it is shipped: it starts in half of the time that dist/ needs, which counts where a
 * test starts it a hundred times. Made once for each build, and kept below node_modules/.cache.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSingleFile } from '../../scripts/dist/single-file.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const cache = join(repository, 'node_modules/.cache/pommgr-single-file');

/** Path of the file; `npm run build` must have been run. */
export async function fastProgram(): Promise<string> {
  const directory = join(cache, await buildKey());
  const file = join(directory, 'pommgr.mjs');
  if (await stat(file).catch(() => undefined)) return file;
  await mkdir(directory, { recursive: true });
  const { text } = await bundleSingleFile(repository);
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, file);
  for (const name of await readdir(cache))
    if (join(cache, name) !== directory) await rm(join(cache, name), { recursive: true, force: true });
  return file;
}

/** Another one for every build, and for every change of what is put into the file beside it. */
async function buildKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const top of ['dist', 'templates', 'bin', 'package.json']) {
    const path = join(repository, top);
    const names = (await stat(path)).isFile() ? [''] : (await readdir(path, { recursive: true })).toSorted();
    for (const name of names) {
      const { mtimeMs, size } = await stat(join(path, name));
      hash.update(`${top}/${name} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
