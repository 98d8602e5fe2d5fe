/** Detects whether a baseline needs a file that was set aside as damaged and was not fetched again since. */
import { join } from 'node:path';
import { baselineDirectory, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { listUnreplaced } from '../../mirror/adapters/set-aside.ts';

/** The package list is read only where something is missing. */
export async function lacksSetAside(
  baseline: Baseline,
  { baseDir, stateDir }: Pick<Config, 'baseDir' | 'stateDir'>,
): Promise<boolean> {
  const missing = new Set(await listUnreplaced(baseDir));
  if (missing.size === 0) return false;
  if (baseline.snapshots.some(({ files }) => files.some(({ sha256 }) => missing.has(sha256)))) return true;
  const list = join(baselineDirectory(stateDir, baseline.name), packagesFileName);
  for await (const { sha256 } of readPackages(list)) if (missing.has(sha256)) return true;
  return false;
}
