/** Implements `pommgr baseline remove`, and the setting `retention`: which baselines are removed. */
import { listBaselines } from '../../baseline/adapters/baseline-files.ts';
import { readInUse } from '../../baseline/adapters/baselines-in-use.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import { listRemovedBaselines } from '../adapters/removed-baselines.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import { beyondRetention, planRemoval, reasonsToKeep } from '../domain/retention.ts';
import { withStateLock } from '../../mirror/workflows/locks.ts';
import { previewRemoval, removeBaselines, type Removal } from './remove-baselines.ts';

export interface BaselineRemoveOptions {
  configFile: string | undefined;
  names: readonly string[];
  /** Also removes the newest of a track. */
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

/** Returns the names without those that a killed run has removed already: that run is finished now. */
async function namesToRemove({ stateDir }: Config, names: readonly string[]): Promise<string[]> {
  const begun = await listRemovedBaselines(stateDir);
  return names.filter((name) => !begun.some(({ baseline }) => baseline?.name === name));
}

/**
 * Removes what exceeds `retention.keep`; returns undefined where the config does not set it. Baselines that a trusted
 * host has applied, and the base of the newest delta, stay and are reported.
 */
export async function applyRetention(config: Config, context: Context): Promise<Removal | undefined> {
  const { retention, stateDir, track } = config;
  if (retention === undefined) return undefined;
  return await withStateLock(config, async () => {
    const all = await listBaselines(stateDir);
    const reasons = await neededBy(config);
    const beyond = beyondRetention(all, track, retention.keep);
    for (const name of beyond) {
      const reason = reasons.get(name);
      if (reason !== undefined) context.progress.note(`Kept ${name}, beyond retention.keep: ${reason}.`);
    }
    const names = beyond.filter((name) => !reasons.has(name));
    const plan = planRemoval(all, names, { allowNewest: false });
    return await removeBaselines(config, plan, context);
  });
}

/** A host that is no longer trusted does not count. */
async function neededBy({ stateDir }: Config): Promise<Map<string, string>> {
  const { hosts, deltas } = await readInUse(stateDir);
  const { keys } = await readKeyDirectory(trustedHostsDirectory(stateDir));
  const trusted = keys.flatMap(({ fingerprint }) => {
    const host = valueOf(hosts, fingerprint);
    return host === undefined ? [] : [{ ...host, id: fingerprint }];
  });
  return reasonsToKeep({ hosts: trusted, deltas: entriesOf(deltas).map(([, delta]) => delta) });
}
