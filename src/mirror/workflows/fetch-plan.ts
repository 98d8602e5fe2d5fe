/** Step 3 of `snapshot`: determines which packages the pool lacks. */
import type { Mirror } from '../../config/domain/mirror.ts';
import type { ListedFact } from '../../core/domain/listed-fact.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import { readSelectedPackages } from '../adapters/package-list-file.ts';
import type { Pool } from '../adapters/pool.ts';
import type { IndexedMirror } from './indexed-mirror.ts';

interface PlanParts {
  mirrors: readonly IndexedMirror[];
  packages: { files: number; sizeBytes: number };
  missing: { files: number; sizeBytes: number };
  wanted: ReadonlySet<string>;
}

let sealed: (parts: PlanParts) => FetchPlan;

/** The packages to fetch before snapshots can be made. Only `planFetch` creates one. */
export class FetchPlan {
  readonly mirrors: readonly IndexedMirror[];
  readonly packages: PlanParts['packages'];
  readonly missing: PlanParts['missing'];
  readonly #wanted: ReadonlySet<string>;

  static {
    sealed = (parts) => new FetchPlan(parts);
  }

  private constructor({ mirrors, packages, missing, wanted }: PlanParts) {
    this.mirrors = mirrors;
    this.packages = packages;
    this.missing = missing;
    this.#wanted = wanted;
  }

  /** SHA-256 of each file that must be fetched, or read for a digest with which it was not yet compared. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }
}

/** Counts existing files and files to fetch; a file that several mirrors list counts once. */
export async function planFetch(mirrors: readonly IndexedMirror[], pool: Pool): Promise<FetchPlan> {
  const packages = { files: 0, sizeBytes: 0 };
  const missing = { files: 0, sizeBytes: 0 };
  const wanted = new Set<string>();
  const seen = new Set<string>();
  for await (const { entry } of plannedPackages(mirrors)) {
    if (!seen.has(entry.sha256)) {
      seen.add(entry.sha256);
      packages.files += 1;
      packages.sizeBytes += entry.sizeBytes;
    }
    const state = pool.stateOf(listedFact(entry));
    if (state === 'present') continue;
    if (state === 'absent' && !wanted.has(entry.sha256)) {
      missing.files += 1;
      missing.sizeBytes += entry.sizeBytes;
    }
    wanted.add(entry.sha256);
  }
  return sealed({ mirrors, packages, missing, wanted });
}

export function listedFact({ sizeBytes, sha256, sha512, sha1, md5 }: SelectedPackage): ListedFact {
  return { sizeBytes, sha256, ...(sha512 && { sha512 }), ...(sha1 && { sha1 }), ...(md5 && { md5 }) };
}

/** A package, and the mirror that lists it. */
export interface PlannedPackage {
  mirror: Mirror;
  entry: SelectedPackage;
}

export async function* plannedPackages(mirrors: readonly IndexedMirror[]): AsyncGenerator<PlannedPackage> {
  for (const { mirror, packages } of mirrors) {
    for await (const entry of readSelectedPackages(packages.path)) yield { mirror, entry };
  }
}
