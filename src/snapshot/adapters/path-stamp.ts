/**
 * Detects without reading a path whether it is unchanged: by inode, size, mode and times. This is for files whose
 * digest would reveal a secret, and for directories. It imports only what is built into Node.js.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface PathStamp {
  path: string;
  /** `tree`: the path with everything below it. `names`: only the names in a directory. */
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
