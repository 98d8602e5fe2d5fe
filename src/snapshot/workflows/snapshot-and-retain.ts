/**
 * Implements `pommgr snapshot` with the setting `retention`: what exceeds it is removed once the new baseline exists.
 */
import { loadConfig } from '../../config/adapters/config-file.ts';
import { applyRetention } from './baseline-remove.ts';
import type { Removal } from './remove-baselines.ts';
import { snapshot, type SnapshotOptions, type SnapshotResult } from './snapshot.ts';

/** `retention`: what was removed; absent where the config does not set it, and in a dry run. */
export type RetainedSnapshot = SnapshotResult & { retention?: Removal };

/** @throws PommgrError as `snapshot` and `applyRetention`; a baseline that was made stays whatever the latter does. */
export async function snapshotAndRetain(options: SnapshotOptions): Promise<RetainedSnapshot> {
  const result = await snapshot(options);
  if (options.dryRun) return result;
  if (result.outcome === 'made') options.context.progress.note(`Made ${result.baseline.name}.`);
  const retention = await applyRetention(await loadConfig(options.configFile), options.context);
  return retention === undefined ? result : { ...result, retention };
}
