/** Takes a whole store away: nothing of it that is not ours, and the journal last, so that it can be resumed. */
import { join } from 'node:path';
import { pathExists, removeDurably, removeEmptyDirectory } from './atomic-files.ts';
import { removeRestoreFiles, removeRestoreJournal } from './restore-files.ts';
import type { Store } from './store.ts';

/** The directory itself stays when it holds files of others, or is a mount point. */
export async function removeStore(store: Store): Promise<void> {
  const { directory, pool, baselines, applied, current, state, audit, lock, journal } = store;
  if (!(await pathExists(directory))) return;
  const secrets = join(directory, 'secrets');
  await removeRestoreFiles(store);
  await removeRestoreJournal(store);
  for (const path of [current, applied, baselines, pool, secrets, state, audit, lock, journal]) {
    await removeDurably(path);
  }
  await removeEmptyDirectory(directory);
}
