/** `runtime/<version>/<platform>/`: what pack puts on media, and what the Debian package installs. */
import { chmod, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes it anew, with the same modes and times whoever writes it.
 * @param {string} directory
 * @param {{ node: { program: Buffer, license: Buffer }, singleFile: string, licenses: string, epoch: number }} payload
 */
export async function writeRuntime(directory, { node, singleFile, licenses, epoch }) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const files = /** @type {const} */ ([
    ['node', node.program, 0o755],
    ['pommgr.mjs', singleFile, 0o644],
    ['LICENSE.node.txt', node.license, 0o644],
    ['LICENSES.txt', licenses, 0o644],
  ]);
  for (const [name, data, mode] of files) {
    const path = join(directory, name);
    await writeFile(path, data);
    await chmod(path, mode);
    await utimes(path, epoch, epoch);
  }
}
