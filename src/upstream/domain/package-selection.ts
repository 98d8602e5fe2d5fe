/** Selects the packages of one mirror that its filters accept, collected from its indices. */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { createFilter, keepLatest } from '../../config/domain/filters.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { sortPackages } from '../../apt/domain/package-list.ts';
import type { IndexedFile, IndexedPackage } from './packages-index.ts';
import type { HostRefusal } from './host-index-policy.ts';
import { isFlat } from '../../config/domain/suite-layout.ts';

export interface PackageSelection {
  /** Collects the contents of one index; they count once `finish` is called, after the index matched. */
  openIndex(): { add(files: readonly IndexedFile[]): void; finish(): void };
  finish(): SelectedPackages;
}

/** An entry with further facts of the file, none of which is part of the package list. */
export interface SelectedPackage extends PackageEntry {
  /** The other digest by which POM's pool knows the file; empty where its index gives none. */
  sha512: string;
  sha1?: string;
  md5?: string;
  /** Path to request from the server, where it differs from `filename`. */
  upstreamPath?: string;
}

export interface SelectedPackages {
  /** In the order of packages.jsonl, each once. */
  entries: SelectedPackage[];
  /** Names (no globs) of `include` that the mirror has. */
  includesFound: string[];
  /** Why each package that the filters accept and that a baseline cannot hold is left out. */
  omitted: string[];
  /** Why apt of one release refuses an index: the first reason for each codename. */
  hostRefusals: HostRefusal[];
}

/** The filters come first: packages that they leave out are not checked. */
export function createPackageSelection(mirror: Mirror): PackageSelection {
  const isTaken = createFilter(mirror.filters);
  const wanted = new Set(mirror.filters.include.packages);
  const found = new Set<string>();
  const taken: SelectedPackage[] = [];
  const omitted = new Set<string>();
  const refusals = new Map<string, HostRefusal>();
  return {
    openIndex() {
      const usable: SelectedPackage[] = [];
      const odd: string[] = [];
      const refused: HostRefusal[] = [];
      return {
        add(files) {
          for (const file of files) {
            if (file.hostRefusal !== undefined && refused.length === 0) refused.push(file.hostRefusal);
            if (!isTaken(file)) continue;
            if ('odd' in file) odd.push(file.odd);
            else if (isForMirror(file.entry, mirror)) usable.push(selected(file));
          }
        },
        finish() {
          for (const entry of usable) {
            taken.push(entry);
            if (wanted.has(entry.name)) found.add(entry.name);
          }
          for (const why of odd) omitted.add(why);
          for (const one of refused) if (!refusals.has(one.codename)) refusals.set(one.codename, one);
        },
      };
    },
    finish: () => ({
      entries: sortPackages(mirror.filters.versions === 'latest' ? keepLatest(taken) : taken),
      includesFound: [...found],
      omitted: [...omitted],
      hostRefusals: [...refusals.values()],
    }),
  };
}

function selected({ entry, sha512, sha1, md5, upstreamPath }: IndexedPackage): SelectedPackage {
  return {
    ...entry,
    sha512,
    ...(sha1 && { sha1 }),
    ...(md5 && { md5 }),
    ...(upstreamPath === undefined ? {} : { upstreamPath }),
  };
}

/** The only index of a flat repository lists all architectures; hosts see those of the mirror. */
function isForMirror({ architecture }: PackageEntry, { suite, architectures }: Mirror): boolean {
  if (!isFlat(suite)) return true;
  return architecture === 'all' || architecture === 'source' || architectures.includes(architecture);
}

/**
 * A package that is requested by name must be in at least one of the mirrors that request it.
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
