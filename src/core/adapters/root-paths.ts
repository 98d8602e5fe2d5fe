/**
 * Paths below a root directory, resolved as chroot(2) would: an absolute link leads to below the root, and `..` never
 * out of it. Invariant: what is returned lies below the root, with no link on the way.
 */
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PommgrError } from '../domain/errors.ts';
import { hasNoPath } from './system-error.ts';

/** As path_resolution(7) has it. */
const mostLinks = 40;

/**
 * Where a path of the root (absolute, or relative to it) lies on this machine, links followed, the last one too. What
 * does not exist is taken for directories that are to be made.
 * @throws PommgrError `usage.root` for a loop of links.
 */
export async function pathInRoot(root: string, path: string): Promise<string> {
  // The machine's own root: the kernel does it.
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

/** Where an entry of the root lies on this machine: links on the way are followed, the entry itself may be one. */
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
