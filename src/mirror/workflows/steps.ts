/** What an engine is, and what the steps of `snapshot` give it to work with. */
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
  /** RFC 3339 UTC: the name of snapshots whose engine can choose it. */
  created: string;
  /** Leaves of the package lists what the targets' closures hold; whole where no target has one. */
  takeClosure: TakeClosure;
  /** Whether an incomplete baseline of just this is there already: then no snapshots are to be left. */
  isKnown: (mirrors: readonly IndexedMirror[], incomplete: readonly IncompletePart[]) => boolean;
}

/** Where the indices of mirrors lie: in a pool, or in snapshots that are made already. */
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
  /** What must change in POM's config first, for people. */
  changes: readonly PomChange[];
  /** The mirrors and what opens them, for a downloader. */
  logins: readonly MirrorLogin[];
  /** Runs a whole snapshot, holding meanwhile what the engine holds. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Brings `changes` about. Call it before anything is fetched. */
  prepare(): Promise<void>;
  /** Fetches what is missing and makes the snapshots; when one fails, none is left. Undefined for what `isKnown`. */
  takeSnapshots(
    releases: readonly VerifiedRelease[],
    tools: EngineTools,
  ): Promise<TakenSnapshots | undefined>;
}
