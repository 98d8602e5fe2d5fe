/**
 * Describes finished snapshots. Invariant: a Snapshot holds its signed Release and every index of its mirror, and
 * TakenSnapshots one Snapshot for each Release that was verified.
 */
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import { sha256Hex, type FileFact } from '../../core/domain/digest.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import type { IncompletePart } from '../domain/mirror-content.ts';
import type { IndexedMirror } from './indexed-mirror.ts';

let sealedSnapshot: (mirror: IndexedMirror, made: MadeSnapshot) => Snapshot;
let sealed: (results: SnapshotResults) => TakenSnapshots;

interface MadeSnapshot {
  /** Name in `<baseDir>/<mirror>/`. */
  name: string;
  /** The signed Release and the indices that hosts need, paths relative to the snapshot, sorted. */
  files: readonly FileFact[];
}

/** A finished snapshot of one mirror. Only `finishedSnapshot` creates one. */
export class Snapshot {
  readonly mirror: IndexedMirror;
  readonly #made: MadeSnapshot;

  static {
    sealedSnapshot = (mirror, made) => new Snapshot(mirror, made);
  }

  private constructor(mirror: IndexedMirror, made: MadeSnapshot) {
    this.mirror = mirror;
    this.#made = made;
  }

  get name(): string {
    return this.#made.name;
  }

  get files(): readonly FileFact[] {
    return this.#made.files;
  }

  /** Returns the same snapshot, of which a baseline takes only the packages of `mirror`. */
  narrowed(mirror: IndexedMirror): Snapshot {
    if (mirror.verified !== this.mirror.verified)
      throw new Error(`${mirror.mirror.id} is not the mirror of the snapshot ${this.name}`);
    return new Snapshot(mirror, this.#made);
  }
}

/** The files must be those of the mirror: its signed Release, and each index in some form. */
export function finishedSnapshot(mirror: IndexedMirror, made: MadeSnapshot): Snapshot {
  const { id, suite } = mirror.mirror;
  const there = new Map(made.files.map(({ path, sha256 }) => [path, sha256]));
  const hasAny = (facts: readonly (FileFact | undefined)[]): boolean =>
    facts.some((fact) => fact !== undefined && there.get(fact.path) === fact.sha256);
  for (const { path, data } of mirror.verified.releaseFiles) {
    if (there.get(path) !== sha256Hex(data)) throw new Error(`The snapshot of ${id} lacks ${path}`);
  }
  const below = (fact: FileFact): FileFact => ({ ...fact, path: `${suiteDirectory(suite)}${fact.path}` });
  for (const { plain, form } of mirror.indices) {
    if (!hasAny([below(plain), form && below(form)]))
      throw new Error(`The snapshot of ${id} lacks ${plain.path}`);
  }
  return sealedSnapshot(mirror, made);
}

interface SnapshotResults {
  snapshots: readonly Snapshot[];
  packages: { files: number; sizeBytes: number };
  fetched: { files: number; sizeBytes: number };
  /** Empty unless the config allows it. */
  incomplete: readonly IncompletePart[];
}

/** The finished snapshots of all mirrors. Only `takenSnapshots` creates one. */
export class TakenSnapshots {
  readonly packages: SnapshotResults['packages'];
  readonly fetched: SnapshotResults['fetched'];
  readonly incomplete: SnapshotResults['incomplete'];
  readonly #snapshots: readonly Snapshot[];

  static {
    sealed = (results) => new TakenSnapshots(results);
  }

  private constructor({ snapshots, packages, fetched, incomplete }: SnapshotResults) {
    this.#snapshots = snapshots;
    this.packages = packages;
    this.fetched = fetched;
    this.incomplete = incomplete;
  }

  /** In the order of the mirrors. */
  get snapshots(): readonly Snapshot[] {
    return this.#snapshots;
  }
}

/** There must be one snapshot for each verified Release, in their order. */
export function takenSnapshots(
  releases: readonly VerifiedRelease[],
  results: SnapshotResults,
): TakenSnapshots {
  const { snapshots } = results;
  const isEach = releases.every(({ mirror }, index) => snapshots[index]?.mirror.mirror.id === mirror.id);
  if (!isEach || snapshots.length !== releases.length) throw new Error('a mirror has no snapshot');
  return sealed(results);
}
