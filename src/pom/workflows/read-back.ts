/**
 * Checks what a snapshot of POM really holds, from its signed Release down, as the last step of the pom engine. POM's
 * own report is not trusted; POM exits 0 for snapshots that lack files.
 */
import { join } from 'node:path';
import { type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { writeSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { snapshotFile } from '../../mirror/adapters/snapshot-files.ts';
import type { IncompletePart } from '../../mirror/domain/mirror-content.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { planIndices } from '../../upstream/domain/index-plan.ts';
import { findTwiceListed } from '../../mirror/domain/package-faults.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import { createPackageSelection, type SelectedPackage } from '../../upstream/domain/package-selection.ts';
import type { Context } from '../../core/domain/progress.ts';
import { checkFact } from './read-back-facts.ts';
import { readBackIndices } from './read-back-indices.ts';
import { readBackRelease } from './read-back-release.ts';
import { indexedMirror } from '../../mirror/workflows/indexed-mirror.ts';
import { finishedSnapshot, type Snapshot } from '../../mirror/workflows/taken-snapshots.ts';

export interface ReadBackTools {
  baseDir: string;
  hashers: HasherPool;
  context: Context;
  /** Directory for the parts of packages.jsonl. */
  workDirectory: string;
  /** Whether the bytes of a package file are known to be right; others are read. */
  isKnown: (sha256: string, modifiedMs: number) => boolean;
  /** Called with each existing package file and the time of its last change. */
  noteFetched?: (entry: SelectedPackage, modifiedMs: number) => void;
}

export interface ReadSnapshot {
  snapshot: Snapshot;
  packages: { files: number; sizeBytes: number };
  /** What it lacks, as the mirror asks for it, sorted; empty for a complete one. */
  incomplete: IncompletePart[];
}

/** @throws PommgrError `trust.*`, `integrity.*` for what is there and wrong. */
export async function readBack(mirror: Mirror, name: string, tools: ReadBackTools): Promise<ReadSnapshot> {
  const directory = snapshotPath(tools.baseDir, mirror.id, name);
  tools.context.progress.step(`Checking the snapshot of ${mirror.id}`);
  const verified = await readBackRelease(mirror, directory, tools.context.now());
  const { planned } = planIndices(mirror, verified.release);
  const selection = createPackageSelection(mirror);
  const read = await readBackIndices({ verified, planned, selection }, directory, tools);
  const { entries, omitted, hostRefusals } = selection.finish();
  const { present, missing } = await checkPackages(entries, directory, tools);
  const path = join(tools.workDirectory, `${mirror.id}.read.jsonl`);
  const packages = { path, omitted: omitted.length, ...(await writeSelectedPackages(path, present)) };
  const incomplete: IncompletePart[] = [
    ...read.missing.map(({ plain }) => ({ mirror: mirror.id, kind: 'index' as const, name: plain.path })),
    ...missing.map(({ filename }) => ({ mirror: mirror.id, kind: 'package' as const, name: filename })),
  ];
  const { indices, files, missing: lacking } = read;
  const indexed = indexedMirror(verified, { indices, packages, lacking, twiceListed: [], hostRefusals });
  return {
    snapshot: finishedSnapshot(indexed, { name, files }),
    packages: { files: present.length, sizeBytes: present.reduce((sum, one) => sum + one.sizeBytes, 0) },
    incomplete: incomplete.toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name)),
  };
}

/** Files looked at together. */
const batchSize = 16;

async function checkPackages(
  entries: readonly SelectedPackage[],
  directory: string,
  tools: ReadBackTools,
): Promise<{ present: SelectedPackage[]; missing: SelectedPackage[] }> {
  const present: SelectedPackage[] = [];
  const missing: SelectedPackage[] = [];
  const twice = new Set(findTwiceListed(entries).map(([first]) => first?.filename));
  const check = async (entry: SelectedPackage): Promise<boolean> => {
    const isTwice = twice.has(entry.filename);
    return isTwice ? await isThisOne(entry, directory, tools) : await checkPackage(entry, directory, tools);
  };
  for (let start = 0; start < entries.length; start += batchSize) {
    tools.context.signal.throwIfAborted();
    const batch = entries.slice(start, start + batchSize);
    const found = await Promise.all(batch.map(check));
    for (const [index, entry] of batch.entries()) (found[index] === true ? present : missing).push(entry);
  }
  return { present, missing };
}

/** If a file name is listed with two digests, the snapshot matches at most one of the entries. */
async function isThisOne(entry: SelectedPackage, directory: string, tools: ReadBackTools): Promise<boolean> {
  const path = join(directory, entry.filename);
  if ((await snapshotFile(path))?.sizeBytes !== entry.sizeBytes) return false;
  return (await hashFile(path, tools.hashers)).sha256 === entry.sha256;
}

/** False where it is not there. */
async function checkPackage(
  entry: SelectedPackage,
  directory: string,
  tools: ReadBackTools,
): Promise<boolean> {
  const path = join(directory, entry.filename);
  const file = await snapshotFile(path);
  if (file === undefined) return false;
  tools.noteFetched?.(entry, file.modifiedMs);
  if (file.sizeBytes === entry.sizeBytes && tools.isKnown(entry.sha256, file.modifiedMs)) return true;
  checkFact(path, entry, await hashFile(path, tools.hashers));
  return true;
}
