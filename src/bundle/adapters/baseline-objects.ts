/** Reads the objects of a baseline whose documents are available, on the online side or in a store. */
import { join } from 'node:path';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import type { BaseViewers } from '../../medium/domain/bundle-base.ts';
import { addPackage, baselineObjects } from '../../medium/domain/bundle-objects.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';

/** Returns the viewers of each object that travels. `directory` is the baseline's own. */
export async function readBaselineObjects(
  baseline: Baseline,
  directory: string,
  shares: Shares,
): Promise<BaseViewers> {
  const objects = baselineObjects(baseline, shares);
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    addPackage(objects, entry, shares);
  }
  return new Map([...objects].map(([sha256, { viewers }]) => [sha256, viewers]));
}
