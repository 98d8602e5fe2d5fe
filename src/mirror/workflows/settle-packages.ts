/** Reduces a mirror of the builtin engine to the files that upstream has, where the config allows that. */
import {
  readPackages,
  readSelectedPackages,
  writePackageList,
  writeSelectedPackages,
} from '../adapters/package-list-file.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import { packageKey } from '../domain/package-faults.ts';
import type { IncompletePart } from '../domain/mirror-content.ts';
import type { FetchedPlan } from './fetch-packages.ts';
import type { IndexedMirror } from './indexed-mirror.ts';

export interface SettledMirrors {
  mirrors: readonly IndexedMirror[];
  packages: { files: number; sizeBytes: number };
  /** What is missing, sorted by mirror, kind and name. */
  incomplete: IncompletePart[];
}

/** Returns the mirrors with lists that lack those packages, so that nothing is selected that needs them. */
export async function withoutLacking(
  mirrors: readonly IndexedMirror[],
  lacking: ReadonlySet<string>,
): Promise<IndexedMirror[]> {
  const left: IndexedMirror[] = [];
  for (const mirror of mirrors) {
    const entries: SelectedPackage[] = [];
    const missing: string[] = [];
    for await (const entry of readSelectedPackages(mirror.packages.path)) {
      if (lacking.has(packageKey(entry))) missing.push(entry.filename);
      else entries.push(entry);
    }
    if (missing.length === 0) {
      left.push(mirror);
      continue;
    }
    const path = `${mirror.packages.path}.left`;
    const packages = { ...mirror.packages, path, ...(await writeSelectedPackages(path, entries)) };
    left.push(mirror.narrowed(packages, missing));
  }
  return left;
}

/** Returns the mirrors with the packages that are in the pool. */
export async function settlePackages({ plan, lacking }: FetchedPlan): Promise<SettledMirrors> {
  const mirrors: IndexedMirror[] = [];
  const settled = { packages: { files: 0, sizeBytes: 0 }, incomplete: [] as IncompletePart[] };
  for (const mirror of plan.mirrors) {
    const { there, missing, sizeBytes } = await splitPackages(mirror, lacking);
    const { id } = mirror.mirror;
    const { path } = mirror.packages;
    const list =
      missing.length === 0
        ? {}
        : { path: `${path}.there`, ...(await writePackageList(`${path}.there`, there)) };
    mirrors.push(mirror.narrowed({ ...mirror.packages, ...list }));
    settled.packages.files += there.length;
    settled.packages.sizeBytes += sizeBytes;
    settled.incomplete.push(
      ...mirror.lackingIndices.map((name) => ({ mirror: id, kind: 'index' as const, name })),
      ...[...mirror.lackingPackages, ...missing].map((name) => ({
        mirror: id,
        kind: 'package' as const,
        name,
      })),
    );
  }
  settled.incomplete.sort(
    (a, b) => compareText(a.mirror, b.mirror) || compareText(a.kind, b.kind) || compareText(a.name, b.name),
  );
  return { ...settled, mirrors };
}

/** When a file name is listed twice, the snapshot can hold one file: the first that the pool has. */
async function splitPackages(
  { packages: { path }, twiceListed }: IndexedMirror,
  lacking: ReadonlySet<string>,
): Promise<{ there: PackageEntry[]; missing: string[]; sizeBytes: number }> {
  const taken = new Map<string, string | undefined>(
    twiceListed.map(([first]) => [first?.filename ?? '', undefined]),
  );
  const there: PackageEntry[] = [];
  const missing: string[] = [];
  let sizeBytes = 0;
  for await (const entry of readPackages(path)) {
    const other = taken.get(entry.filename);
    if (lacking.has(packageKey(entry)) || (other !== undefined && other !== entry.sha256)) {
      missing.push(entry.filename);
      continue;
    }
    if (taken.has(entry.filename)) taken.set(entry.filename, entry.sha256);
    there.push(entry);
    sizeBytes += entry.sizeBytes;
  }
  return { there, missing, sizeBytes };
}
