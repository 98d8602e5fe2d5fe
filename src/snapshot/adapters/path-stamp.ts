/**
 * Whether a path is what it was, told without reading it: by inode, size, mode and times. For files whose digest would
 * tell of a secret, and for directories. Loads nothing but what Node.js has built in.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface PathStamp {
  path: string;
  /** `tree`: the path with all that is below it. `names`: of a directory, only the names in it. */
  kind: 'tree' | 'names';
  stamp: string;
}

export function stampPath(path: string, kind: PathStamp['kind']): PathStamp {
  const lines = kind === 'tree' ? treeLines(path, '') : namesIn(path);
  return { path, kind, stamp: createHash('sha256').update(lines.join('\n')).digest('hex') };
}

export function isAsStamped({ path, kind, stamp }: PathStamp): boolean {
  return stampPath(path, kind).stamp === stamp;
}

/** Lists a link and its target. */
function treeLines(path: string, name: string): string[] {
  const own = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  const facts = [own, there].map((status) =>
    status === undefined
      ? 'absent'
      : [status.dev, status.ino, status.mode, status.size, status.mtimeNs, status.ctimeNs].join(':'),
  );
  const below =
    own?.isDirectory() === true
      ? namesIn(path).flatMap((entry) => treeLines(join(path, entry), `${name}/${entry}`))
      : [];
  return [`${name} ${facts.join(' ')}`, ...below];
}

function namesIn(directory: string): string[] {
  return readdirSync(directory).toSorted();
}
