/**
 * Places the files of a stored baseline: keyrings, indices, packages and the lock proof of the targets that are held.
 */
import { keyringPath, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { lockProofFileName } from '../../closure/adapters/closure-files.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { isHeldFor, travellingFiles } from '../../medium/domain/bundle-objects.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import type { HeldTargets } from '../domain/held-targets.ts';

export interface FilePlacing {
  bundle: Bundle;
  shares: Shares;
  held: HeldTargets;
  /** Links an object to a path of the baseline. */
  link(sha256: string, path: string): Promise<void>;
  /** Returns where a path of the baseline is; packages.jsonl exists there. */
  path(path: string): string;
}

export async function placeFiles(baseline: Baseline, placing: FilePlacing): Promise<void> {
  const { bundle, shares, held, link, path } = placing;
  for (const record of baseline.snapshots) {
    if (!isHeldFor(held, shares.ofMirror(record.mirror))) continue;
    await link(record.keyring.sha256, keyringPath(record.mirror));
    for (const file of travellingFiles(record)) await link(file.sha256, `${record.mirror}/${file.path}`);
  }
  if (bundle.lockProof !== undefined) await link(bundle.lockProof.sha256, lockProofFileName);
  for await (const entry of readPackages(path(packagesFileName))) {
    if (!shares.travels(entry) || !isHeldFor(held, shares.ofPackage(entry))) continue;
    await link(entry.sha256, `${entry.mirror}/${entry.filename}`);
  }
}
