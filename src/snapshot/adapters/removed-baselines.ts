/**
 * Stores baselines that are being removed: `baselines/<name>.removed.tmp` is no longer a baseline, and exists until the
 * snapshots that only it used are gone. What a killed run left there tells the next one what to do.
 */
import { join } from 'node:path';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { listDirectory, removeDurably, renameDurably } from '../../core/adapters/atomic-files.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';
import {
  baselineDirectory,
  baselinesDirectory,
  readBaselineFile,
} from '../../baseline/adapters/baseline-files.ts';

export interface RemovedBaseline {
  directory: string;
  /** Undefined when only the directory itself is left. */
  baseline: Baseline | undefined;
}

const suffix = '.removed.tmp';

/** From here on the baseline does not exist. */
export async function setBaselineAside(stateDir: string, name: string): Promise<void> {
  const directory = baselineDirectory(stateDir, name);
  await removeDurably(`${directory}${suffix}`);
  await renameDurably(directory, `${directory}${suffix}`);
}

/** Returns those of this run and of killed ones, sorted by name. */
export async function listRemovedBaselines(stateDir: string): Promise<RemovedBaseline[]> {
  const names = (await listDirectory(baselinesDirectory(stateDir))).filter((name) => name.endsWith(suffix));
  const removed: RemovedBaseline[] = [];
  for (const name of names) {
    const directory = join(baselinesDirectory(stateDir), name);
    removed.push({ directory, baseline: await readIfThere(directory) });
  }
  return removed;
}

/** Called once nothing is left to do for it. */
export async function forgetRemovedBaseline({ directory }: RemovedBaseline): Promise<void> {
  await removeDurably(directory);
}

async function readIfThere(directory: string): Promise<Baseline | undefined> {
  return await ifPresent(readBaselineFile(directory));
}
