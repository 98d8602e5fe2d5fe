/**
 * Computes what changed between two baselines: for each mirror, by the highest version of each name and architecture in
 * it. Both package lists are read entry by entry; only names and versions are kept.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';

interface PackageChange {
  name: string;
  architecture: string;
  change: 'added' | 'removed' | 'upgraded' | 'downgraded';
  /** The version before; null where the package is added. */
  from: string | null;
  /** The version after; null where it is removed. */
  to: string | null;
}

export interface MirrorChanges {
  mirror: string;
  /** Sorted by name and architecture; empty where nothing changed. */
  changes: PackageChange[];
}

/** The highest versions of one package list. */
export interface HighestVersions {
  /** Counts an entry, in any order; files of source packages are passed over. */
  add(entry: PackageEntry): void;
  /** Versions by mirror, then architecture, then name. */
  byMirror: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, string>>>;
}

export function createHighestVersions(): HighestVersions {
  const byMirror = new Map<string, Map<string, Map<string, string>>>();
  return {
    byMirror,
    add({ mirror, architecture, name, version }) {
      const byArchitecture = memberOf(byMirror, mirror);
      if (architecture === 'source') return;
      const versions = memberOf(byArchitecture, architecture);
      const known = versions.get(name);
      if (known === undefined || compareWritten(version, known) > 0) versions.set(name, version);
    },
  };
}

/**
 * Returns changes of every mirror that either list has, sorted by mirror. A mirror that one list lacks is added or
 * removed as a whole. A version that is only written differently (`1.0-1`, `1.0-01`) is no change.
 */
export function diffCandidates(before: HighestVersions, after: HighestVersions): MirrorChanges[] {
  const mirrors = union(before.byMirror, after.byMirror);
  return mirrors.map((mirror) => {
    const old = before.byMirror.get(mirror);
    const current = after.byMirror.get(mirror);
    const changes = union(old, current).flatMap((architecture) =>
      changesOf(architecture, { before: old?.get(architecture), after: current?.get(architecture) }),
    );
    return { mirror, changes: changes.toSorted(compareChanges) };
  });
}

type Versions = ReadonlyMap<string, string>;

function changesOf(
  architecture: string,
  versions: { before: Versions | undefined; after: Versions | undefined },
): PackageChange[] {
  const changes: PackageChange[] = [];
  for (const [name, from] of versions.before ?? []) {
    const to = versions.after?.get(name);
    if (to === undefined) {
      changes.push({ name, architecture, change: 'removed', from, to: null });
      continue;
    }
    const order = compareVersions(from, to);
    if (order === 0) continue;
    changes.push({ name, architecture, change: order < 0 ? 'upgraded' : 'downgraded', from, to });
  }
  for (const [name, to] of versions.after ?? []) {
    if (versions.before?.has(name) === true) continue;
    changes.push({ name, architecture, change: 'added', from: null, to });
  }
  return changes;
}

function compareChanges(a: PackageChange, b: PackageChange): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture);
}

/** Where dpkg considers two versions equal, their text decides, so that the order of adding does not matter. */
function compareWritten(a: string, b: string): number {
  return compareVersions(a, b) || compareText(a, b);
}

/** The keys of both, sorted. */
function union(
  a: ReadonlyMap<string, unknown> | undefined,
  b: ReadonlyMap<string, unknown> | undefined,
): string[] {
  return [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].toSorted(compareText);
}

function memberOf<T>(map: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const member = map.get(key) ?? new Map<string, T>();
  map.set(key, member);
  return member;
}
