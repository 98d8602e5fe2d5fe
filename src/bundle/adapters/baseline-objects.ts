/** The objects of a baseline whose documents are at hand, on the online side or in a store. */
import { join } from 'node:path';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { baselineObjects } from '../../medium/domain/bundle-objects.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';

/** Their SHA-256; one may come several times. `directory` is the baseline's own. */
export async function* readBaselineObjects(baseline: Baseline, directory: string): AsyncGenerator<string> {
  yield* baselineObjects(baseline).keys();
  for await (const { sha256 } of readPackages(join(directory, packagesFileName))) yield sha256;
}
