/** What the steps of `snapshot` hand on: each takes what the step before returned, so none can be left out. */
import type { FileFact } from '../../domain/digest.ts';
import type { PlannedIndex } from '../../domain/index-plan.ts';
import type { Mirror } from '../../domain/mirror.ts';
import type { ReleaseFile } from '../../domain/release-file.ts';

/** A Release file that a configured certificate signed. Made by verify-releases.ts alone. */
export interface VerifiedRelease {
  mirror: Mirror;
  release: ReleaseFile;
  /** SHA-256 of the signed text. */
  textSha256: string;
  /** Fingerprints of the primary keys whose signature was good, sorted. */
  signers: string[];
  /** The certificates of those, as one binary keyring. */
  certificates: Uint8Array;
  /** InRelease, or Release and Release.gpg, as fetched; paths relative to the snapshot. */
  releaseFiles: { path: string; data: Uint8Array }[];
}

/** A mirror whose indices lie checked in the pool and whose packages are listed. Made by fetch-indices.ts alone. */
export interface IndexedMirror extends VerifiedRelease {
  indices: { planned: PlannedIndex; plain: FileFact }[];
  packages: PackageListPart;
}

/** One mirror's part of packages.jsonl. */
export interface PackageListPart {
  path: string;
  count: number;
  /** Of the part itself. */
  sizeBytes: number;
  sha256: string;
}

/** Packages to fetch before snapshots can be made. */
export interface FetchPlan {
  mirrors: IndexedMirror[];
  packages: { files: number; sizeBytes: number };
  missing: { files: number; sizeBytes: number };
}

/** All that the plan needs lies in the pool. Made by fetch-packages.ts alone. */
export interface FetchedPlan extends FetchPlan {
  fetched: { files: number; sizeBytes: number };
}

/** A finished snapshot of one mirror. */
export interface Snapshot {
  mirror: IndexedMirror;
  /** Its name in `<baseDir>/<mirror>/`. */
  name: string;
  /** Every file under `dists/`, paths relative to the snapshot, sorted. */
  files: FileFact[];
}

/** Makes snapshots of a plan whose files are in the pool. */
export interface Engine {
  name: 'builtin' | 'pom';
  version: string;
  makeSnapshots(plan: FetchedPlan, name: string): Promise<Snapshot[]>;
}
