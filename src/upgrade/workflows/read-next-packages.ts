/** Reads which packages a host's store has for the next Debian release. Changes nothing. */
import { join } from 'node:path';
import { stagesOf } from '../../apt/domain/upgrade-way.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { NextPackages, UpgradeHost } from '../domain/checks/facts.ts';
import { storedBaselines } from './stored-baselines.ts';

/** Returns null where no baseline of the store has a way to the next release for the host. */
export async function readNextPackages(
  { root, store }: { root: string; store?: string | undefined },
  { products }: Pick<UpgradeHost, 'products'>,
): Promise<NextPackages | null> {
  for await (const stored of storedBaselines(root, store)) {
    const target = releaseTarget(stored, products);
    if (target === undefined) continue;
    return { baseline: stored.baseline.name, target, names: await namesOf(stored, target) };
  }
  return null;
}

function releaseTarget(
  { baseline, shares }: StoredBaseline,
  products: UpgradeHost['products'],
): string | undefined {
  for (const way of baseline.content.upgrades ?? []) {
    const stage = stagesOf(way, shares.targets).find(({ kind }) => kind === 'release');
    if (stage !== undefined && products.every((product) => stage.target.products.includes(product)))
      return stage.target.name;
  }
  return undefined;
}

async function namesOf({ directory, shares }: StoredBaseline, target: string): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const entry of readPackages(join(directory, packagesFileName)))
    if (shares.ofPackage(entry).includes(target)) names.add(entry.name);
  return names;
}
