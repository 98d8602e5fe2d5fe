/** What the steps of `snapshot` hand on: each takes what the step before returned, so none can be left out. */
import type { TwiceListed } from '../domain/package-faults.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import type { Downloader } from '../../upstream/adapters/download.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import type { IncompletePart } from '../domain/mirror-content.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import type { IndexForm, PlannedIndex } from '../../upstream/domain/index-plan.ts';
import type { PomChange } from '../domain/pom-change.ts';
import type { Pool } from '../adapters/pool.ts';
import type { Context } from '../../core/domain/progress.ts';

/** A mirror whose indices lie checked in the pool and whose packages are listed. Made by fetch-indices.ts alone. */
export interface IndexedMirror extends VerifiedRelease {
  /** Paths, relative to the suite, of indices that Release lists and upstream does not have; only where that is allowed. */
  lackingIndices?: string[];
  /** Entries that want one file name with different content. */
  twiceListed?: TwiceListed[];
  /** `form`: what was fetched of each; undefined for an empty index. */
  indices: { planned: PlannedIndex; plain: FileFact; form: IndexForm | undefined }[];
  packages: PackageListPart;
}

/** One mirror's part of packages.jsonl. */
export interface PackageListPart {
  path: string;
  count: number;
  /** Packages that the filters take and that a baseline cannot hold. */
  omitted: number;
  /** Of the part itself. */
  sizeBytes: number;
  sha256: string;
}

/** Packages to fetch before snapshots can be made. */
export interface FetchPlan {
  mirrors: IndexedMirror[];
  packages: { files: number; sizeBytes: number };
  missing: { files: number; sizeBytes: number };
  /** SHA-256 of each file that must be fetched, or read for a digest that it was not compared with yet. */
  wanted: Set<string>;
}

/** All that the plan needs lies in the pool, but for `lacking`. Made by fetch-packages.ts alone. */
export interface FetchedPlan extends FetchPlan {
  /** `packageKey` of each package that upstream does not have as listed; only where that is allowed. */
  lacking: ReadonlySet<string>;
  fetched: Fetched;
}

/** Files that were fetched and checked in this run. */
export interface Fetched {
  files: number;
  sizeBytes: number;
  /** SHA-256 of each. */
  digests: ReadonlySet<string>;
}

/** A finished snapshot of one mirror. */
export interface Snapshot {
  mirror: IndexedMirror;
  /** Its name in `<baseDir>/<mirror>/`. */
  name: string;
  /** The signed Release and the indices that hosts need, paths relative to the snapshot, sorted. */
  files: FileFact[];
}

/** Finished snapshots of all mirrors, each checked. */
export interface TakenSnapshots {
  snapshots: Snapshot[];
  packages: { files: number; sizeBytes: number };
  fetched: { files: number; sizeBytes: number };
  /** Only where the config allows it. */
  incomplete: IncompletePart[];
}

export interface EngineTools {
  downloader: Downloader;
  hashers: HasherPool;
  context: Context;
  /** Directory for the parts of packages.jsonl. */
  workDirectory: string;
  /** RFC 3339 UTC: the name of snapshots whose engine can choose it. */
  created: string;
  /** Leaves of the package lists what the targets' closures hold; whole where no target has one. */
  takeClosure: TakeClosure;
}

/** Where the indices of mirrors lie: in a pool, or in snapshots that are made already. */
export type IndexPlace = { pool: Pool } | { directoryOf: (mirror: IndexedMirror) => string };

/** @throws PommgrError `config.closure`, `config.lock`, `integrity.closure` */
export type TakeClosure = (mirrors: IndexedMirror[], place: IndexPlace) => Promise<IndexedMirror[]>;

/** Makes snapshots of verified releases. */
export interface Engine {
  name: 'builtin' | 'pom';
  version: string;
  /** What must change in POM's config first, for people. */
  changes: readonly PomChange[];
  /** The mirrors and what opens them, for a downloader. */
  logins: readonly MirrorLogin[];
  /** Runs a whole snapshot, holding meanwhile what the engine holds. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Brings `changes` about. Call it before anything is fetched. */
  prepare(): Promise<void>;
  /** Fetches what is missing and makes the snapshots; when one fails, none is left. */
  takeSnapshots(releases: readonly VerifiedRelease[], tools: EngineTools): Promise<TakenSnapshots>;
}
