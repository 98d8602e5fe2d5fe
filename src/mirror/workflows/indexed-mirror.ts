/**
 * Describes a mirror whose indices are checked and whose packages are listed. Invariant: every index that the verified
 * Release plans is in it with the digest that Release gives, or is named as lacking.
 */
import type { Mirror } from '../../config/domain/mirror.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import { planIndices, type IndexForm, type PlannedIndex } from '../../upstream/domain/index-plan.ts';
import type { ReleaseFile } from '../../upstream/domain/release-file.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import type { HostRefusal } from '../../upstream/domain/host-index-policy.ts';
import type { TwiceListed } from '../domain/package-faults.ts';

export interface IndexFound {
  planned: PlannedIndex;
  plain: FileFact;
  /** The form that was fetched or read; undefined for an empty index. */
  form: IndexForm | undefined;
}

/** One mirror's part of packages.jsonl. */
export interface PackageListPart {
  path: string;
  count: number;
  /** Packages that the filters accept and that a baseline cannot hold. */
  omitted: number;
  /** Size of the part itself. */
  sizeBytes: number;
  sha256: string;
}

interface MirrorParts {
  indices: readonly IndexFound[];
  packages: PackageListPart;
  /** Planned indices that upstream does not have. */
  lacking: readonly PlannedIndex[];
  twiceListed: readonly TwiceListed[];
  /** Why apt of one release refuses one of its indices. */
  hostRefusals: readonly HostRefusal[];
  /** File names of packages that upstream lists and does not have, and that were removed from the list. */
  lackingPackages?: readonly string[];
}

let sealed: (verified: VerifiedRelease, parts: MirrorParts) => IndexedMirror;

/** Only `indexedMirror` creates one. */
export class IndexedMirror {
  readonly verified: VerifiedRelease;
  readonly indices: readonly IndexFound[];
  /** Entries that claim one file name with different content. */
  readonly twiceListed: readonly TwiceListed[];
  readonly #parts: MirrorParts;

  static {
    sealed = (verified, parts) => new IndexedMirror(verified, parts);
  }

  private constructor(verified: VerifiedRelease, parts: MirrorParts) {
    this.verified = verified;
    this.indices = parts.indices;
    this.twiceListed = parts.twiceListed;
    this.#parts = parts;
  }

  get mirror(): Mirror {
    return this.verified.mirror;
  }

  get release(): ReleaseFile {
    return this.verified.release;
  }

  get packages(): PackageListPart {
    return this.#parts.packages;
  }

  /** Paths, relative to the suite, of indices that Release lists and upstream does not have, except translations. */
  get lackingIndices(): string[] {
    const needed = this.#parts.lacking.filter(({ kind }) => kind !== 'translation');
    return needed.map(({ plain }) => plain.path);
  }

  get hostRefusals(): readonly HostRefusal[] {
    return this.#parts.hostRefusals;
  }

  get lackingPackages(): readonly string[] {
    return this.#parts.lackingPackages ?? [];
  }

  /**
   * Returns the same mirror with fewer packages in its list; `lacking` are file names of those that upstream does not
   * have.
   */
  narrowed(packages: PackageListPart, lacking: readonly string[] = []): IndexedMirror {
    if (packages.count > this.packages.count)
      throw new Error(`${this.mirror.id}: a narrowed list has more packages`);
    const lackingPackages = [...this.lackingPackages, ...lacking];
    return new IndexedMirror(this.verified, { ...this.#parts, packages, lackingPackages });
  }
}

/** Every planned index must be among `indices` as the Release lists it, or among `lacking`. */
export function indexedMirror(verified: VerifiedRelease, parts: MirrorParts): IndexedMirror {
  const { mirror, release } = verified;
  const found = new Map(parts.indices.map(({ planned, plain }) => [planned.plain.path, plain]));
  const lacking = new Set(parts.lacking.map(({ plain }) => plain.path));
  for (const { plain } of planIndices(mirror, release).planned) {
    const index = found.get(plain.path);
    if (index === undefined && lacking.has(plain.path)) continue;
    if (index?.sha256 !== plain.sha256 || index.sizeBytes !== plain.sizeBytes)
      throw new Error(`Mirror ${mirror.id}: the index ${plain.path} was not read`);
  }
  return sealed(verified, parts);
}
