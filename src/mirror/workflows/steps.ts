/** Defines an engine, and what the steps of `snapshot` pass to it. */
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import type { Downloader } from '../../upstream/adapters/download.ts';
import type { HasherPool } from '../../core/adapters/hashing.ts';
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import type { IncompletePart } from '../domain/mirror-content.ts';
import type { PomChange } from '../domain/pom-change.ts';
import type { Pool } from '../adapters/pool.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { IndexedMirror } from './indexed-mirror.ts';
import type { TakenSnapshots } from './taken-snapshots.ts';

export interface EngineTools {
  downloader: Downloader;
  hashers: HasherPool;
  context: Context;
  /** Directory for the parts of packages.jsonl. */
  workDirectory: string;
  /** RFC 3339 UTC: the name of snapshots if the engine can choose it. */
  created: string;
  /** Reduces the package lists to the targets' closures; whole where no target has one. */
  takeClosure: TakeClosure;
  /** Returns whether an incomplete baseline of exactly this already exists: then no snapshots should be left. */
  isKnown: (mirrors: readonly IndexedMirror[], incomplete: readonly IncompletePart[]) => boolean;
}

/** Where the indices of mirrors are: in a pool, or in finished snapshots. */
export type IndexPlace = { pool: Pool } | { directoryOf: (mirror: IndexedMirror) => string };

/** @throws PommgrError `config.closure`, `config.lock`, `integrity.closure` */
export type TakeClosure = (
  mirrors: readonly IndexedMirror[],
  place: IndexPlace,
) => Promise<readonly IndexedMirror[]>;

/** Makes snapshots of verified releases. */
export interface Engine {
  name: 'builtin' | 'pom';
  version: string;
  /** Changes that must come first in POM's config, for people. */
  changes: readonly PomChange[];
  /** The mirrors and their logins, for a downloader. */
  logins: readonly MirrorLogin[];
  /** Runs a whole snapshot while it holds what the engine needs, such as locks. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Makes the `changes`. Call it before anything is fetched. */
  prepare(): Promise<void>;
  /**
   * Fetches what is missing and makes the snapshots; when one fails, none is left. Returns undefined for a baseline
   * that `isKnown`.
   */
  takeSnapshots(
    releases: readonly VerifiedRelease[],
    tools: EngineTools,
  ): Promise<TakenSnapshots | undefined>;
}
