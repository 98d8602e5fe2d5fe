/**
 * Computes the share of each target in a baseline: the files that its hosts may see. A thin target sees what the
 * closure list names of its mirrors, any other all packages of its architectures. Invariant: online side and host
 * compute the same.
 */
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { thinMirrors, type Target } from '../../apt/domain/target.ts';
import type { ClosureList } from './closure-list.ts';

/** Names of targets, in the order in which the baseline has them. Equal ones are one object. */
export type Viewers = readonly string[];

export interface Shares {
  targets: readonly Target[];
  /** Returns who sees the keyring, the Release file and the indices of a mirror. */
  ofMirror(id: string): Viewers;
  ofPackage(entry: PackageEntry): Viewers;
  /**
   * Returns whether a bundle carries the package: for a mirror that only thin targets have, only what the list names.
   */
  travels(entry: PackageEntry): boolean;
}

/** `list` is undefined where no target is thin. */
export function createShares(targets: readonly Target[], list: ClosureList | undefined): Shares {
  const thin = list === undefined ? new Set<string>() : thinMirrors(targets);
  const sets = createSets();
  function sees({ name, mirrors, architectures, closure }: Target, entry: PackageEntry): boolean {
    if (!mirrors.includes(entry.mirror)) return false;
    if (closure !== undefined && list !== undefined) return list.get(entry.sha256)?.includes(name) === true;
    return ['all', 'source', ...architectures].includes(entry.architecture);
  }
  return {
    targets,
    ofMirror: (id) => sets.of(targets.filter(({ mirrors }) => mirrors.includes(id))),
    ofPackage: (entry) => sets.of(targets.filter((target) => sees(target, entry))),
    travels: (entry) => !thin.has(entry.mirror) || list?.has(entry.sha256) === true,
  };
}

/** Returns the union, in the order of the targets. */
export function unionOfViewers(a: Viewers, b: Viewers, { targets }: Shares): Viewers {
  if (a === b || b.every((name) => a.includes(name))) return a;
  return targets.map(({ name }) => name).filter((name) => a.includes(name) || b.includes(name));
}

/** A baseline has thousands of files and a few sets of targets. */
function createSets(): { of(targets: readonly Target[]): Viewers } {
  const known = new Map<string, Viewers>();
  return {
    of(targets) {
      const names = targets.map(({ name }) => name);
      const key = names.join('\n');
      const found = known.get(key) ?? names;
      known.set(key, found);
      return found;
    },
  };
}
