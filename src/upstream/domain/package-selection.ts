/** The packages of one mirror that its filters take, collected from its indices. */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { createFilter, keepLatest } from '../../config/domain/filters.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { sortPackages } from '../../apt/domain/package-list.ts';
import type { IndexedPackage } from './packages-index.ts';

export interface PackageSelection {
  add(packages: readonly IndexedPackage[]): void;
  finish(): SelectedPackages;
}

/** An entry with the other digest that POM's pool knows the file by; empty where its index gives none. */
export interface SelectedPackage extends PackageEntry {
  sha512: string;
}

export interface SelectedPackages {
  /** In the order of packages.jsonl, each once. */
  entries: SelectedPackage[];
  /** Names (no globs) of `include` that the mirror has. */
  includesFound: string[];
}

export function createPackageSelection(mirror: Mirror): PackageSelection {
  const isTaken = createFilter(mirror.filters);
  const wanted = new Set(mirror.filters.include.packages);
  const found = new Set<string>();
  const taken: SelectedPackage[] = [];
  return {
    add(packages) {
      for (const { entry, section, sha512 } of packages) {
        if (!isTaken({ name: entry.name, component: entry.component, section })) continue;
        taken.push({ ...entry, sha512 });
        if (wanted.has(entry.name)) found.add(entry.name);
      }
    },
    finish: () => ({
      entries: sortPackages(mirror.filters.versions === 'latest' ? keepLatest(taken) : taken),
      includesFound: [...found],
    }),
  };
}

/**
 * A package that is asked for by name must be in one at least of the mirrors that ask for it.
 * @throws PommgrError `config.include` naming those that are in none.
 */
export function checkIncludes(
  mirrors: readonly { mirror: Mirror; includesFound: readonly string[] }[],
): void {
  const found = new Set(mirrors.flatMap(({ includesFound }) => includesFound));
  const asked = new Set(mirrors.flatMap(({ mirror }) => mirror.filters.include.packages.filter(isName)));
  const missing = [...asked].filter((name) => !found.has(name)).toSorted(compareText);
  if (missing.length === 0) return;
  throw new PommgrError('config.include', `No mirror that includes it has ${missing.join(', ')}.`, {
    hints: [
      'Correct the names under include: packages, or take them out. A name of a virtual package is not enough.',
    ],
    details: { packages: missing },
  });
}

function isName(pattern: string): boolean {
  return !/[*?[{\\]/.test(pattern);
}
