/** Chooses the name of new snapshots. */
import { join } from 'node:path';
import type { Config } from '../../config/domain/config.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { formatTime } from '../../core/domain/time.ts';

/** Snapshots are named by the second: the first one from `now` on of which no mirror has a snapshot. */
export async function freeSnapshotTime(
  { baseDir, mirrors }: Pick<Config, 'baseDir' | 'mirrors'>,
  now: Date,
): Promise<string> {
  const names = await Promise.all(mirrors.map(({ id }) => listDirectory(join(baseDir, id))));
  const taken = new Set(names.flat());
  for (let timeMs = now.getTime(); ; timeMs += 1000) {
    const name = formatTime(new Date(timeMs));
    if (!taken.has(name)) return name;
  }
}
