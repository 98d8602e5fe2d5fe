/**
 * Gathers the mirrors of a baseline as a closure needs them: their indices in its snapshots, their parts of its package
 * list.
 */
import { dirname, join } from 'node:path';
import { baselineDirectory, keyringPath, packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { isFlat, suiteDirectory } from '../../config/domain/suite-layout.ts';
import type { PlacedMirror } from '../../closure/workflows/read-target-offers.ts';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import { travellingFiles } from '../../medium/domain/bundle-objects.ts';
import { copyPlainFile, readPlainFile } from '../../core/adapters/plain-file.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readPackages, writeSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { snapshotExists } from '../../mirror/adapters/snapshot-removal.ts';
import type { MirrorContent, SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import type { Compression, PlannedIndex } from '../../upstream/domain/index-plan.ts';

/** Writes the lists to `workDirectory`. @throws PommgrError `integrity.missing` where a snapshot is gone. */
export async function baselineMirrors(
  { stateDir, baseDir }: Config,
  { name, content, snapshots, incomplete = [] }: Baseline,
  workDirectory: string,
): Promise<PlacedMirror[]> {
  const directory = baselineDirectory(stateDir, name);
  const placed: PlacedMirror[] = [];
  for (const mirror of content.mirrors) {
    const record = snapshots.find((one) => one.mirror === mirror.id);
    if (record === undefined || !(await snapshotExists(baseDir, record))) throw gone(name, mirror.id);
    const entries: SelectedPackage[] = [];
    for await (const entry of readPackages(join(directory, packagesFileName))) {
      if (entry.mirror === mirror.id) entries.push({ ...entry, sha512: '' });
    }
    const path = join(workDirectory, `${mirror.id}.jsonl`);
    const { omitted } = mirror.packages;
    const place = join(workDirectory, 'mirrors', mirror.id);
    await copyIndices(record, snapshotPath(baseDir, mirror.id, record.snapshot), place);
    placed.push({
      directory: place,
      mirror: {
        mirror,
        release: mirror.release,
        indices: mirror.indices.map((plain) => ({ planned: plannedIndex(mirror, record, plain) })),
        packages: { path, omitted, ...(await writeSelectedPackages(path, entries)) },
        lackingPackages: incomplete
          .filter((part) => part.kind === 'package' && part.mirror === mirror.id)
          .map((part) => part.name),
        verified: { certificates: await readPlainFile(join(directory, keyringPath(mirror.id))) },
      },
    });
  }
  return placed;
}

/** Copies only those that hosts get: apt is confused by a plain index beside a compressed one. */
async function copyIndices(record: SnapshotRecord, from: string, to: string): Promise<void> {
  for (const { path } of travellingFiles(record)) {
    await makeDirectory(dirname(join(to, path)));
    await copyPlainFile(join(from, path), join(to, path));
  }
}

const compressions: [suffix: string, compression: Compression][] = [
  ['.xz', 'xz'],
  ['.gz', 'gz'],
  ['.zst', 'zst'],
  ['.bz2', 'bz2'],
  ['.lzma', 'lzma'],
  ['.lz4', 'lz4'],
];

/** Returns an index with its compressed forms in the snapshot. */
function plannedIndex({ suite }: MirrorContent, { files }: SnapshotRecord, plain: FileFact): PlannedIndex {
  const at = suiteDirectory(suite);
  const component = isFlat(suite)
    ? ''
    : (/^(.*)\/(?:binary-[^/]+|source)\/[^/]+$/.exec(plain.path)?.[1] ?? '');
  return {
    kind: plain.path.endsWith('Sources') ? 'sources' : 'packages',
    component,
    plain: { ...plain },
    forms: compressions.flatMap(([suffix, compression]) => {
      const form = files.find(({ path }) => path === `${at}${plain.path}${suffix}`);
      return form === undefined ? [] : [{ ...form, path: `${plain.path}${suffix}`, compression }];
    }),
  };
}

function gone(baseline: string, mirror: string): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `The snapshot of mirror ${mirror} that ${baseline} needs is missing.`,
    {
      hints: ['Make a new baseline with "pommgr snapshot --force", or pack another one with --baseline.'],
      details: { baseline, mirror },
    },
  );
}
