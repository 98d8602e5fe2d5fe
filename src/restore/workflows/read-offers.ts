/** Reads what a stored baseline offers of some packages, and whether its files are in the store as it says. */
import { join } from 'node:path';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { baselineDirectories, type Store } from '../../store/adapters/store.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { PackageSet } from '../../apt/domain/package-set.ts';
import type { Offers } from '../domain/restore-plan.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { PackageFiles } from '../../store/workflows/package-files.ts';

export interface StoredOffers extends Offers {
  /** Entries of one version; several where mirrors offer the same one. */
  entries(key: string, version: string): PackageEntry[];
}

export interface OfferOptions {
  target: Target;
  nativeArchitecture: string;
}

/** `keys` are apt's own names. */
export async function readOffers(
  { directory, shares }: StoredBaseline,
  keys: ReadonlySet<string>,
  { target, nativeArchitecture }: OfferOptions,
): Promise<StoredOffers> {
  const found = new Map<string, PackageEntry[]>();
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    const key = aptName(entry, nativeArchitecture);
    if (!keys.has(key) || !shares.ofPackage(entry).includes(target.name)) continue;
    found.set(key, [...(found.get(key) ?? []), entry]);
  }
  const entries = (key: string, version: string): PackageEntry[] =>
    (found.get(key) ?? []).filter((entry) => entry.version === version);
  return {
    entries,
    knows: (key) => found.has(key),
    has: (key, version) => entries(key, version).length > 0,
  };
}

/** Returns those of the packages that no baseline of the store knows. `offers` are those of the chosen one. */
export async function findForeign(
  store: Store,
  packages: PackageSet,
  { offers, nativeArchitecture }: { offers: Offers; nativeArchitecture: string },
): Promise<PackageSet> {
  const foreign = new Map([...packages].filter(([key]) => !offers.knows(key)));
  for (const directory of await baselineDirectories(store)) {
    if (foreign.size === 0) break;
    const list = join(directory, packagesFileName);
    for await (const entry of readPackages(list)) foreign.delete(aptName(entry, nativeArchitecture));
  }
  return foreign;
}

/**
 * Verifies every package file that the plan installs: hashes it if it is in the host's own store, and fetches it from
 * another's, so that apt and dpkg read what only root can change. A dry run fetches nothing.
 * @throws PommgrError `integrity.missing` for one that is not there, `integrity.digest` for one that was changed.
 */
export async function checkPlannedFiles(
  plan: UpgradePlan,
  stored: StoredBaseline,
  {
    files,
    dryRun,
    checkedBefore,
    ...options
  }: OfferOptions & {
    files: PackageFiles;
    dryRun: boolean;
    /** apt's own name of a package whose file is no baseline's and was hashed when it was copied. */
    checkedBefore: string | null;
  },
): Promise<void> {
  const wanted = plan.incoming
    .map((change) => ({ key: aptName(change, options.nativeArchitecture), version: change.to ?? '' }))
    .filter(({ key }) => key !== checkedBefore);
  if (wanted.length === 0) return;
  const offers = await readOffers(stored, new Set(wanted.map(({ key }) => key)), options);
  const absent = wanted.filter(({ key, version }) => !offers.has(key, version));
  if (absent.length > 0)
    throw missing(
      absent.map(({ key, version }) => `${key} ${version}`),
      stored,
    );
  const entries = wanted.flatMap(({ key, version }) => offers.entries(key, version));
  for (const entry of entries) {
    if (!(await files.isThere(entry))) throw missing([`${entry.name} ${entry.version}`], stored);
  }
  if (dryRun && stored.remote !== null) return;
  await files.checkSpace(entries);
  for (const entry of entries) await files.verify(entry);
}

function missing(absent: readonly string[], { directory, remote, baseline }: StoredBaseline): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${baseline.name} in ${remote ?? directory} does not hold, in full, what apt would install: ${absent.slice(0, 5).join(', ')}.`,
    {
      hints: [
        remote === null
          ? 'The store is not complete any more. Import the bundle into a new store with --store.'
          : 'The store of the other host is not complete any more: run "pommgr doctor" there.',
      ],
      details: { directory: remote ?? directory, packages: absent.slice(0, 100) },
    },
  );
}
