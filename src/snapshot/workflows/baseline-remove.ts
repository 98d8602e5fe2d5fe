/** `pommgr baseline remove`, and the setting `retention`: which baselines go. */
import { listBaselines } from '../../baseline/adapters/baseline-files.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { listRemovedBaselines } from '../adapters/removed-baselines.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import { beyondRetention, planRemoval } from '../domain/retention.ts';
import { withStateLock } from '../../mirror/workflows/locks.ts';
import { previewRemoval, removeBaselines, type Removal } from './remove-baselines.ts';

export interface BaselineRemoveOptions {
  configFile: string | undefined;
  names: readonly string[];
  /** Also the newest of a track. */
  allowNewest: boolean;
  dryRun: boolean;
  context: Context;
}

export type BaselineRemoveResult = { outcome: 'removed' | 'planned' } & Removal;

/** @throws PommgrError `config.baseline`, `refused.newest`, `state.locked`, `tool.*` from POM. */
export async function baselineRemove(options: BaselineRemoveOptions): Promise<BaselineRemoveResult> {
  const { allowNewest, context } = options;
  const config = await loadConfig(options.configFile);
  const plan = async () =>
    planRemoval(await listBaselines(config.stateDir), await namesToRemove(config, options.names), {
      allowNewest,
    });
  if (options.dryRun) return { outcome: 'planned', ...(await previewRemoval(config, await plan())) };
  return await withStateLock(config, async () => {
    return { outcome: 'removed', ...(await removeBaselines(config, await plan(), context)) };
  });
}

/** Without those that a killed run has taken away already: that run is finished now. */
async function namesToRemove({ stateDir }: Config, names: readonly string[]): Promise<string[]> {
  const begun = await listRemovedBaselines(stateDir);
  return names.filter((name) => !begun.some(({ baseline }) => baseline?.name === name));
}

/** What `retention.keep` leaves over; undefined where the config does not set it. */
export async function applyRetention(config: Config, context: Context): Promise<Removal | undefined> {
  const { retention, stateDir, track } = config;
  if (retention === undefined) return undefined;
  return await withStateLock(config, async () => {
    const all = await listBaselines(stateDir);
    const plan = planRemoval(all, beyondRetention(all, track, retention.keep), { allowNewest: false });
    return await removeBaselines(config, plan, context);
  });
}
