/** Finds the pool file that Proxmox Offline Mirror means when it reports a digest mismatch. */
import { createHash } from 'node:crypto';
import { kindAt, openAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, type Place } from '../../core/domain/place.ts';

/** Path of the file in one of the pools that is named by the digest and has another; undefined where none is. */
export async function findDamagedFile(digest: string, pools: readonly Place[]): Promise<string | undefined> {
  const algorithm = digest.length === 64 ? 'sha256' : 'sha512';
  for (const pool of pools) {
    const place = below(pool, algorithm, digest);
    if ((await kindAt(place)) !== 'file') continue;
    const { file } = await openAt(place);
    const hash = createHash(algorithm);
    for await (const chunk of file.createReadStream()) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== digest) return pathOf(place);
  }
  return undefined;
}
