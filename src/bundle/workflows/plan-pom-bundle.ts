/** Plans a bundle of layout `pom`: the baseline's snapshots with every file that they have. Changes nothing. */
import { upgradesField } from '../../apt/domain/upgrade-way.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { join } from 'node:path';
import {
  baselineDirectory,
  baselineFileName,
  keyringPath,
  packagesFileName,
} from '../../baseline/adapters/baseline-files.ts';
import { readClosureList } from '../../closure/adapters/closure-files.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { walkTree } from '../../core/adapters/file-tree.ts';
import { openHasherPool, type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { snapshotExists } from '../../mirror/adapters/snapshot-removal.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import {
  bundleDirectoryName,
  bundleFiles,
  bundleKeyringName,
  type Bundle,
  type BundleSnapshot,
} from '../../medium/domain/bundle.ts';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex, type FileFact, type ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { addContent, contentTotal, snapshotContents } from '../../mirror/domain/snapshot-contents.ts';

export interface PomBundlePlan {
  /** Name of the bundle's directory. */
  name: string;
  baseline: Baseline;
  /** bundle.json without its creation time. */
  bundle: Omit<Bundle, 'created'>;
  /** Required contents of each snapshot directory. */
  contents: { mirror: string; snapshot: string; files: ReadonlyMap<string, ObjectFact> }[];
  /** Path on this side of each file of the bundle's directory, by its name there. */
  sources: ReadonlyMap<string, string>;
}

/** @throws PommgrError `integrity.*` where the baseline or a snapshot is not as it was. */
export async function planPomBundle(config: Config, baseline: Baseline): Promise<PomBundlePlan> {
  const directory = baselineDirectory(config.stateDir, baseline.name);
  const contents = snapshotContents(baseline.snapshots);
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    addContent(contents, entry.mirror, { ...entry, path: entry.filename });
  }
  const hashers = openHasherPool(2);
  const snapshots: BundleSnapshot[] = [];
  try {
    for (const record of baseline.snapshots) {
      const files = contents.get(record.mirror) ?? new Map<string, ObjectFact>();
      snapshots.push(await planSnapshot(record, files, { config, hashers }));
    }
  } finally {
    await hashers.close();
  }
  const closure = await readClosureList(directory);
  const document = await readPlainFile(join(directory, baselineFileName));
  const file = { sizeBytes: document.length, sha256: sha256Hex(document) };
  return {
    name: bundleDirectoryName({ baseline, base: null }),
    baseline,
    bundle: bundleOf(baseline, file, { snapshots, list: closure?.bytes }),
    contents: snapshots.map(({ mirror, snapshot }) => ({
      mirror,
      snapshot,
      files: contents.get(mirror) ?? new Map<string, ObjectFact>(),
    })),
    sources: new Map([
      [baselineFileName, join(directory, baselineFileName)],
      [packagesFileName, join(directory, packagesFileName)],
      [closureListFileName, join(directory, closureListFileName)],
      ...snapshots.map(
        ({ mirror }) => [bundleKeyringName(mirror), join(directory, keyringPath(mirror))] as const,
      ),
    ]),
  };
}

function bundleOf(
  baseline: Baseline,
  file: ObjectFact,
  { snapshots, list }: { snapshots: BundleSnapshot[]; list: Buffer | undefined },
): PomBundlePlan['bundle'] {
  return {
    schema: 'pommgr/bundle/v1',
    track: baseline.track,
    sequence: baseline.sequence,
    baseline: { name: baseline.name, digest: baseline.digest, file },
    packages: baseline.packages,
    base: null,
    extras: [],
    targets: baseline.content.targets,
    ...upgradesField(baseline.content.upgrades),
    layout: 'pom',
    volumes: [],
    ...(list === undefined ? {} : { closure: { sizeBytes: list.length, sha256: sha256Hex(list) } }),
    snapshots,
  };
}

/** Adds other files of the snapshot to `files`. */
async function planSnapshot(
  { mirror, snapshot, keyring }: SnapshotRecord,
  files: Map<string, ObjectFact>,
  { config, hashers }: { config: Config; hashers: HasherPool },
): Promise<BundleSnapshot> {
  const directory = snapshotPath(config.baseDir, mirror, snapshot);
  if (!(await snapshotExists(config.baseDir, { mirror, snapshot }))) throw missing(directory);
  const others: FileFact[] = [];
  for await (const { path, kind } of walkTree(directory)) {
    if (kind === 'other') throw notRegular(join(directory, path));
    if (kind === 'directory' || files.has(path)) continue;
    others.push({ path, ...(await hashFile(join(directory, path), hashers)) });
  }
  for (const { path, ...fact } of others) files.set(path, fact);
  return { mirror, snapshot, ...contentTotal(files), others: others.toSorted(byPath), keyring };
}

function byPath(a: FileFact, b: FileFact): number {
  return a.path < b.path ? -1 : 1;
}

function missing(directory: string): PommgrError {
  return new PommgrError('integrity.missing', `${directory} is missing; the baseline needs it.`, {
    hints: ['Make a new baseline with "pommgr snapshot --force", or pack another one with --baseline.'],
    details: { directory },
  });
}

function notRegular(path: string): PommgrError {
  return new PommgrError('integrity.file-type', `${path} is not a regular file.`, {
    hints: ['Nothing but files belongs into a snapshot: look who put it there, and remove it.'],
    details: { file: path },
  });
}

/** Returns the room that the bundle's own files need. */
export function bundleFilesTotal(plan: PomBundlePlan): { files: number; sizeBytes: number } {
  const files = bundleFiles({ ...plan.bundle, created: plan.baseline.created });
  return { files: files.length, sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}
