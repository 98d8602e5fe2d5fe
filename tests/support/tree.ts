/** What a directory tree is, byte for byte, so that "nothing was changed" can be compared. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A line for each entry: kind, mode, path, and digest or link target. Times are left out. */
export async function treeOf(directory: string): Promise<string[]> {
  return listed(directory, '.');
}

async function listed(root: string, path: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(join(root, path))).toSorted()) {
    const below = join(path, name);
    const found = await lstat(join(root, below));
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isDirectory()) lines.push(`d ${mode} ${below}`, ...(await listed(root, below)));
    else if (found.isSymbolicLink()) lines.push(`l ${below} -> ${await readlink(join(root, below))}`);
    else if (found.isFile()) {
      const digest = createHash('sha256')
        .update(await readFile(join(root, below)))
        .digest('hex');
      lines.push(`f ${mode} ${below} ${digest}`);
    } else lines.push(`? ${mode} ${below}`);
  }
  return lines;
}
