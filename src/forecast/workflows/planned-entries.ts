/** Finds the package files of a plan in a baseline's list. */
import { join } from 'node:path';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { changeKey, type PlannedEntries } from '../domain/source-changes.ts';

/** `directory` holds the baseline's list; those that the target sees only. */
export async function readPlannedEntries(
  directory: string,
  { plan, target, shares }: { plan: UpgradePlan; target: Target; shares: Shares },
): Promise<PlannedEntries> {
  const wanted = new Set(plan.incoming.map((change) => changeKey(change, change.to ?? '')));
  const entries = new Map<string, PackageEntry[]>();
  if (wanted.size === 0) return entries;
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    const key = `${entry.name} ${entry.version} ${entry.architecture}`;
    if (!wanted.has(key) || !shares.ofPackage(entry).includes(target.name)) continue;
    entries.set(key, [...(entries.get(key) ?? []), entry]);
  }
  return entries;
}
