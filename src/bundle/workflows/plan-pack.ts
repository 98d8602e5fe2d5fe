/**
 * Plans the contents of a bundle, as the first step of `pack`: which volumes, and where each file is. Changes nothing.
 */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import {
  baselineDirectory,
  baselineFileName,
  keyringPath,
  packagesFileName,
} from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { readBaselineObjects } from '../adapters/baseline-objects.ts';
import { lastPackedClosure, sharesOfPacked, type PackedClosure } from '../adapters/packed-closure.ts';
import { openPool } from '../../mirror/adapters/pool.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { leaveToBase } from '../../medium/domain/bundle-base.ts';
import { bundleDirectoryName, type BundleBase } from '../../medium/domain/bundle.ts';
import {
  addExtras,
  addLockProof,
  addPackage,
  baselineObjects,
  countContents,
  describeObjects,
  sortedObjects,
  type BundleContents,
  type BundleObject,
  type BundleObjects,
} from '../../medium/domain/bundle-objects.ts';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import type { Extra } from '../../config/domain/extras.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { extraPath } from './hash-extras.ts';
import { planVolumes, type PlannedEntry, type PlannedVolume } from '../../medium/domain/volume-plan.ts';

export interface PackPlan {
  /** Name of the bundle's directory. */
  name: string;
  baseline: Baseline;
  /** Null for a full bundle. */
  base: BundleBase | null;
  extras: Extra[];
  /** What its thin targets see; only the targets for a whole baseline. */
  closure: PackedClosure;
  /** Set where its volumes may be on several media. */
  isSpread?: true;
  /** baseline.json and packages.jsonl. */
  documents: { baseline: PlannedEntry; packages: PlannedEntry };
  volumes: PlannedVolume[];
  objects: number;
  contents: BundleContents;
  /** Size of all volumes. */
  sizeBytes: number;
  /** Returns the files that may have an entry's bytes: the snapshot's, and then the pool's. */
  locate: (entry: PlannedEntry) => [string, ...string[]];
}

export interface PackPlanOptions {
  volumeSizeBytes: number;
  /** Baseline whose objects are left out. */
  base: Baseline | null;
  /** Extras that the config names now. */
  extras: Extra[];
  closure: PackedClosure;
}

/** @throws PommgrError `usage.volume-size`, or `integrity.*` for a package list that contradicts itself. */
export async function planPack(
  config: Config,
  baseline: Baseline,
  { volumeSizeBytes, base, extras, closure }: PackPlanOptions,
): Promise<PackPlan> {
  const directory = baselineDirectory(config.stateDir, baseline.name);
  const document = await readPlainFile(join(directory, baselineFileName));
  const shares = sharesOfPacked(closure);
  const objects = baselineObjects(baseline, shares);
  const pool = openPool(config.baseDir);
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    addPackage(objects, entry, shares);
  }
  addExtras(objects, extras, shares);
  addLockProof(objects, closure.proof, shares);
  const bundleBase = base === null ? null : await leaveOut(base, objects, config);
  const documents = {
    baseline: { name: baselineFileName, sizeBytes: document.length, sha256: sha256Hex(document) },
    packages: { name: packagesFileName, ...baseline.packages },
  };
  const volumes = planVolumes(Object.values(documents), plannedObjects(objects), volumeSizeBytes);
  return {
    name: bundleDirectoryName({ baseline, base }),
    baseline,
    base: bundleBase,
    extras,
    closure,
    documents,
    volumes,
    objects: objects.size,
    contents: countContents(objects),
    sizeBytes: volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0),
    locate(entry) {
      const object = objects.get(entry.sha256);
      if (!entry.name.startsWith('objects/') || object === undefined) return [join(directory, entry.name)];
      return [sourcePath(object), pool.pathOf(entry.sha256)];
    },
  };

  function sourcePath(object: BundleObject): string {
    if (object.from === 'keyring') return join(directory, keyringPath(object.mirror));
    if (object.from === 'lock-proof') return closure.proofPath;
    if (object.from === 'extra') return extraPath(config, object.name);
    const record = baseline.snapshots.find(({ mirror }) => mirror === object.mirror);
    if (record !== undefined) {
      return join(snapshotPath(config.baseDir, object.mirror, record.snapshot), object.path);
    }
    throw new PommgrError(
      'integrity.packages',
      `${directory}: the baseline has no mirror ${object.mirror}.`,
      {
        hints: ['Make a new baseline with "pommgr snapshot --force".'],
      },
    );
  }
}

/** Removes from `objects` what the base has. */
async function leaveOut(base: Baseline, objects: BundleObjects, { stateDir }: Config): Promise<BundleBase> {
  const directory = baselineDirectory(stateDir, base.name);
  const closure = await lastPackedClosure(base, directory);
  const held = await readBaselineObjects(base, directory, sharesOfPacked(closure));
  const fromBase = leaveToBase(held, objects);
  return {
    ...{ name: base.name, digest: base.digest, objects: describeObjects(fromBase) },
    ...(closure.bytes === undefined ? {} : { closure: sha256Hex(closure.bytes) }),
  };
}

function plannedObjects(objects: BundleObjects): PlannedEntry[] {
  return sortedObjects(objects).map(([sha256, { sizeBytes }]) => ({
    name: `objects/${sha256}`,
    sizeBytes,
    sha256,
  }));
}
