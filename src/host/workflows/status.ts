/** Implements `pommgr status` on the online side: the last baseline and its age. Changes nothing. */
import { latestBaseline } from '../../baseline/adapters/baseline-files.ts';
import { lifeCycleWarnings } from '../../baseline/workflows/life-cycle.ts';
import { loadConfig, namedConfigFile } from '../../config/adapters/config-file.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { OnlineStatus } from '../domain/status.ts';

const secondsOfDay = 86_400;

/** Returns undefined where there is no config and none was named. */
export async function onlineStatus(
  configFile: string | undefined,
  now: Date,
): Promise<OnlineStatus | undefined> {
  const config = await loadIfThere(configFile);
  if (config === undefined) return undefined;
  const { file, track, stateDir } = config;
  const maxAgeDays = config.status.maxAgeDays ?? null;
  const latest = await latestBaseline(stateDir, track);
  const ending = await lifeCycleWarnings(config, latest, now);
  if (latest === undefined) {
    return { file, track, maxAgeDays, tooOld: maxAgeDays !== null, baseline: null, ending };
  }
  const { name, digest, created } = latest;
  const ageSeconds = Math.max(0, Math.floor((now.getTime() - Date.parse(created)) / 1000));
  const tooOld = maxAgeDays !== null && ageSeconds > maxAgeDays * secondsOfDay;
  return { file, track, maxAgeDays, tooOld, baseline: { name, digest, created, ageSeconds }, ending };
}

async function loadIfThere(configFile: string | undefined) {
  try {
    return await loadConfig(configFile);
  } catch (error) {
    const isMissing = error instanceof PommgrError && error.code === 'config.missing';
    if (isMissing && namedConfigFile(configFile) === undefined) return undefined;
    throw error;
  }
}
