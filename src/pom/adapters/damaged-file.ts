/** The pool file that Proxmox Offline Mirror means when it says that a digest did not match. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pathExists } from '../../core/adapters/atomic-files.ts';

/** Path of the file in one of the pools that is named by the digest and has another; undefined where none is. */
export async function findDamagedFile(digest: string, pools: readonly string[]): Promise<string | undefined> {
  const algorithm = digest.length === 64 ? 'sha256' : 'sha512';
  for (const pool of pools) {
    const path = join(pool, algorithm, digest);
    if (!(await pathExists(path))) continue;
    const hash = createHash(algorithm);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== digest) return path;
  }
  return undefined;
}
