/** Node.js for a platform, from the npm package that ships it. Invariant: only bytes of the pinned digest are used. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withoutSymbols } from './elf.mjs';

const execute = promisify(execFile);

/** @typedef {{ package: string, debianArchitecture: string, integrity: string }} NodePackage */

/** @returns {Promise<{ version: string, platforms: Record<string, NodePackage> }>} */
export async function readNodePackages() {
  return /** @type {{ version: string, platforms: Record<string, NodePackage> }} */ (
    JSON.parse(await readFile(new URL('node-packages.json', import.meta.url), 'utf8'))
  );
}

/**
 * The path of the package's archive in `cache`, fetched through the configured registry when it is not there yet.
 * @param {NodePackage} wanted
 * @param {{ version: string, cache: string }} options
 */
export async function fetchNodePackage(wanted, { version, cache }) {
  const archive = join(cache, `${wanted.package}-${version}.tgz`);
  await mkdir(cache, { recursive: true });
  if ((await integrityOf(archive)) === wanted.integrity) return archive;
  const temporary = await mkdtemp(join(cache, 'fetch-'));
  try {
    const specification = `${wanted.package}@${version}`;
    await execute('npm', ['pack', specification, '--silent', '--ignore-scripts'], { cwd: temporary });
    const fetched = join(temporary, `${wanted.package}-${version}.tgz`);
    const found = await integrityOf(fetched);
    if (found !== wanted.integrity) {
      throw new Error(`${specification} is ${found}, expected ${wanted.integrity}: see node-packages.json`);
    }
    await rename(fetched, archive);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return archive;
}

/**
 * The program, without symbols, and its license.
 * @param {string} archive
 * @returns {Promise<{ program: Buffer, license: Buffer }>}
 */
export async function readNodeArchive(archive) {
  const [program, license] = await Promise.all([
    extract(archive, 'package/bin/node'),
    extract(archive, 'package/LICENSE'),
  ]);
  return { program: withoutSymbols(program), license };
}

/**
 * @param {string} archive
 * @param {string} path
 */
async function extract(archive, path) {
  const { stdout } = await execute('tar', ['--extract', '--gzip', '--to-stdout', '--file', archive, path], {
    encoding: 'buffer',
    maxBuffer: 512 * 1024 * 1024,
  });
  return stdout;
}

/**
 * As package-lock.json writes it; undefined when there is no such file.
 * @param {string} path
 */
async function integrityOf(path) {
  const data = await readFile(path).catch((/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return data && `sha512-${createHash('sha512').update(data).digest('base64')}`;
}
