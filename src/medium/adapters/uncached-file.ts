/**
 * Reads what is on the medium and not what the kernel has cached: by direct I/O, or after dropping the cache.
 * Invariant: the method is reported; a read from a cache is never reported as one from the medium.
 */
import { constants } from 'node:fs';
import { statfs, type FileHandle } from 'node:fs/promises';
import { fileSystemOf } from '../../core/domain/file-systems.ts';
import type { ReadBackMethod } from '../domain/read-back-method.ts';
import { openAt } from '../../core/adapters/files-at.ts';
import type { Place } from '../../core/domain/place.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { alignmentBytes, type HashLanes } from '../../core/adapters/hash-lanes.ts';
import { run } from '../../core/adapters/process.ts';

/** Chooses how to read the file, and others of its file system. */
export async function chooseReadBack(place: Place, lanes: HashLanes): Promise<ReadBackMethod> {
  const { type } = await statfs(place.top);
  if (fileSystemOf(type)?.hasDirectReads === false) return 'cached';
  const lane = await lanes.take();
  try {
    const { file } = await openUncached(place, 'direct');
    try {
      await lane.read(file, { position: 0, sizeBytes: alignmentBytes, at: 0 });
      return 'direct';
    } finally {
      await file.close();
    }
  } catch (error) {
    // Not every driver supports direct I/O: open(2).
    if (systemErrorCode(error) !== 'EINVAL') throw error;
    return 'cache-dropped';
  } finally {
    lanes.give(lane);
  }
}

/** Opens the file; the caller closes it. Offsets and memory of direct reads must be aligned. */
export async function openUncached(
  place: Place,
  method: ReadBackMethod,
): Promise<{ file: FileHandle; sizeBytes: number }> {
  const opened = await openAt(place, method === 'direct' ? constants.O_DIRECT : 0);
  if (method === 'cache-dropped') await dropCache(opened.file);
  return opened;
}

/** Node.js has no posix_fadvise. Dirty pages are not dropped, so the file must have been synced. */
async function dropCache({ fd }: FileHandle): Promise<void> {
  await run('dd', [`if=/proc/${process.pid}/fd/${fd}`, 'iflag=nocache', 'count=0', 'status=none']);
}
