/** Step 4 of `snapshot`: fetches what the pool lacks in parallel, each file checked as it streams in. */
import type { Downloader } from '../../upstream/adapters/download.ts';
import { formatBytes } from '../../core/domain/byte-size.ts';
import { freeSpace, requireSpace } from '../../core/adapters/free-space.ts';
import { collectingLate } from '../../core/adapters/heap.ts';
import type { PoolFetcher } from '../adapters/pool-fetcher.ts';
import type { Pool } from '../adapters/pool.ts';
import {
  packageFaultsError,
  packageKey,
  twiceListedError,
  type PackageFault,
} from '../domain/package-faults.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { encodePath } from '../../upstream/domain/uri-path.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import type { Context } from '../../core/domain/progress.ts';
import { isUpstreamFault } from '../../upstream/domain/upstream-fault.ts';
import { listedFact, plannedPackages, type FetchPlan, type PlannedPackage } from './fetch-plan.ts';
import type { IndexedMirror } from './indexed-mirror.ts';

/** Above this number of packages, memory is better used for the lists than for late collection. */
const manyPackages = 20_000;
/** Above this number, threads fetch files sooner, including their start. */
const manyFiles = 32;
/** Enough to pipeline requests on each connection while finished files are stored. */
const tasksPerConnection = 16;

/** Files that were fetched and checked in this run. */
export interface Fetched {
  files: number;
  sizeBytes: number;
  /** SHA-256 of each. */
  digests: ReadonlySet<string>;
}

interface FetchOutcome {
  fetched: Fetched;
  lacking: ReadonlySet<string>;
}

let sealed: (plan: FetchPlan, outcome: FetchOutcome) => FetchedPlan;

/** A plan whose files are all in the pool, except `lacking`. Only `fetchPackages` creates one. */
export class FetchedPlan {
  readonly plan: FetchPlan;
  readonly #outcome: FetchOutcome;

  static {
    sealed = (plan, outcome) => new FetchedPlan(plan, outcome);
  }

  private constructor(plan: FetchPlan, outcome: FetchOutcome) {
    this.plan = plan;
    this.#outcome = outcome;
  }

  get fetched(): Fetched {
    return this.#outcome.fetched;
  }

  /** `packageKey` of each package that upstream does not have as listed; empty unless that is allowed. */
  get lacking(): ReadonlySet<string> {
    return this.#outcome.lacking;
  }
}

/**
 * After this number of files that upstream does not have as listed, no more are tried, and all are reported together.
 */
const mostFaults = 20;

/**
 * Fetches what the pool lacks. With `tolerant` a package that upstream does not have as listed is left out.
 * @throws PommgrError `network.*`, `integrity.*`, `state.space` before the first byte.
 */
export async function fetchPackages(
  plan: FetchPlan,
  tools: { downloader: Downloader; pool: Pool; files: PoolFetcher; context: Context; tolerant?: boolean },
): Promise<FetchedPlan> {
  if (tools.tolerant !== true) await refuseTwiceListed(plan.mirrors);
  const digests = new Set<string>();
  const fetched = { files: 0, sizeBytes: 0, digests };
  if (plan.wanted.size === 0) return sealed(plan, { fetched, lacking: new Set() });
  const { pool, files, context, tolerant = false } = tools;
  await requireSpace(pool.baseDir, plan.missing.sizeBytes, {
    files: plan.missing.files,
    what: 'the packages',
    waysOut: [
      'Remove old baselines ("pommgr baseline remove NAME", then "pommgr pool gc"), or take less: a closure of the target, filters and "versions: latest" of the mirrors.',
    ],
  });
  const free = await freeSpace(pool.baseDir);
  context.progress.note(
    `The packages to fetch need ${formatBytes(plan.missing.sizeBytes)} of ${formatBytes(free.sizeBytes)} free in ${pool.baseDir}.`,
  );
  const meter = context.progress.meter('Fetching packages', plan.missing);
  const faults: PackageFault[] = [];
  const isMany = plan.missing.files >= manyFiles;
  const fetchOne = async ({ mirror, entry }: PlannedPackage, signal: AbortSignal): Promise<void> => {
    if (!plan.wanted.has(entry.sha256) || (!tolerant && faults.length >= mostFaults)) return;
    try {
      const onBytes = (bytes: number): void => meter.add(bytes);
      const how = { onBytes, signal, isOneOfMany: isMany };
      if (!(await files.obtain(listedFact(entry), [packageUri(mirror, entry)], how))) return;
    } catch (error) {
      if (!isUpstreamFault(error)) throw error;
      faults.push({ entry, error });
      return;
    }
    meter.add(0, 1);
    digests.add(entry.sha256);
    fetched.files += 1;
    fetched.sizeBytes += entry.sizeBytes;
  };
  const fetchAll = (): Promise<void> =>
    tools.downloader.fetchAll(
      plannedPackages(plan.mirrors),
      fetchOne,
      isMany ? { tasksPerConnection } : undefined,
    );
  await (plan.packages.files > manyPackages ? fetchAll() : collectingLate(fetchAll));
  meter.done();
  // One mirror may have had what another does not have.
  const left = faults.filter(
    ({ entry, error }) => error.code.startsWith('integrity.') || pool.stateOf(entry) !== 'present',
  );
  if (left.length > 0 && !tolerant) throw packageFaultsError(left, await entriesNamed(plan.mirrors, left));
  for (const { error } of left) context.progress.note(error.message);
  return sealed(plan, { fetched, lacking: new Set(left.map(({ entry }) => packageKey(entry))) });
}

/** A thin list may hold one entry of such a file, or none. */
async function refuseTwiceListed(mirrors: readonly IndexedMirror[]): Promise<void> {
  const twice = mirrors.filter(({ twiceListed }) => twiceListed.length > 0);
  if (twice.length === 0) return;
  const listed = new Set<string>();
  for await (const { entry } of plannedPackages(twice)) listed.add(packageKey(entry));
  const groups = twice
    .flatMap(({ twiceListed }) => twiceListed)
    .map((group) => group.filter((entry) => listed.has(packageKey(entry))))
    .filter((group) => group.length > 1);
  if (groups.length > 0) throw twiceListedError(groups);
}

/** Returns the entries of the mirrors under the names of the faulty packages. */
async function entriesNamed(
  mirrors: readonly IndexedMirror[],
  faults: readonly PackageFault[],
): Promise<PackageEntry[]> {
  const names = new Set(faults.map(({ entry }) => entry.name));
  const entries: PackageEntry[] = [];
  for await (const { entry } of plannedPackages(mirrors)) if (names.has(entry.name)) entries.push(entry);
  return entries;
}

function packageUri(mirror: Mirror, entry: SelectedPackage): string {
  return `${mirror.uri}/${encodePath(entry.upstreamPath ?? entry.filename)}`;
}
