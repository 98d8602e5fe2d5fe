/**
 * Resolves paths below a root directory as chroot(2) would: an absolute link starts at the root, and `..` never leaves
 * it. Invariant: the returned path is below the root, with no link on the way.
 */
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PommgrError } from '../domain/errors.ts';
import { hasNoPath, ifPresent } from './system-error.ts';

/**
 * The root that an operator named, without links; default: the machine's own.
 * @throws PommgrError `usage.root` where there is no such directory.
 */
export async function namedRoot(name: string | undefined): Promise<string> {
  const path = resolve(name ?? '/');
  const found = await ifPresent(stat(path), hasNoPath);
  if (found?.isDirectory() === true) return realpath(path);
  const problem = found === undefined ? `There is no directory ${path}` : `${path} is not a directory`;
  throw new PommgrError('usage.root', `${problem}: expected the root of a system.`, {
    hints: ["Without --root, pommgr works on this machine's own system."],
    details: { root: path },
  });
}

/** Same limit as in path_resolution(7). */
const mostLinks = 40;

/**
 * Returns where a path of the root (absolute, or relative to it) is on this machine, with all links followed, including
 * the last one. Missing parts count as directories that are yet to be created.
 * @throws PommgrError `usage.root` for a loop of links.
 */
export async function pathInRoot(root: string, path: string): Promise<string> {
  // For the machine's own root, the kernel resolves the path.
  if (root === '/') return join('/', path);
  const rest = namesOf(path);
  let inside: string[] = [];
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      inside = inside.slice(0, -1);
      continue;
    }
    const target = await linkTarget(join(root, ...inside, name));
    if (target === undefined) {
      inside.push(name);
      continue;
    }
    links += 1;
    if (links > mostLinks) throw tooManyLinks(root, path);
    if (target.startsWith('/')) inside = [];
    rest.unshift(...namesOf(withoutRoot(root, target)));
  }
  return join(root, ...inside);
}

/** Returns where an entry of the root is on this machine: links on the way are followed, but not the entry itself. */
export async function entryInRoot(root: string, path: string): Promise<string> {
  const name = namesOf(path).at(-1) ?? '';
  return join(await pathInRoot(root, dirname(join('/', path))), name);
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Where the machine's own apt works on a root, our links there name files as the machine sees them. */
function withoutRoot(root: string, target: string): string {
  return target.startsWith(`${root}/`) ? target.slice(root.length) : target;
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (hasNoPath(error)) return undefined;
    throw error;
  }
}

function tooManyLinks(root: string, path: string): PommgrError {
  return new PommgrError('usage.root', `${join('/', path)} in ${root} is a loop of symbolic links.`, {
    hints: ['Below a root, an absolute link leads to below that root, as for a program that runs in it.'],
    details: { root, path },
  });
}
