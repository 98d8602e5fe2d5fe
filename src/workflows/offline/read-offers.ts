/** What a stored baseline offers of some packages, and whether its files are in the store as it says. */
import { join } from 'node:path';
import { fileSize } from '../../adapters/atomic-files.ts';
import { packagesFileName, readPackages } from '../../adapters/baseline-files.ts';
import { hashFile, openHasherPool } from '../../adapters/hashing.ts';
import { storedBaselineDirectory, storedBaselineNames, type Store } from '../../adapters/store.ts';
import { aptName } from '../../domain/apt-policy.ts';
import type { UpgradePlan } from '../../domain/apt-simulation.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { PackageEntry } from '../../domain/package-entry.ts';
import type { PackageSet } from '../../domain/package-set.ts';
import type { Offers } from '../../domain/restore-plan.ts';
import type { StoredBaseline } from '../../domain/stored-baseline.ts';
import type { Target } from '../../domain/target.ts';

export interface StoredOffers extends Offers {
  /** Of one version; several where mirrors offer the same. */
  entries(key: string, version: string): PackageEntry[];
}

export interface OfferOptions {
  target: Target;
  nativeArchitecture: string;
}

/** `keys` are apt's own names. */
export async function readOffers(
  { directory }: StoredBaseline,
  keys: ReadonlySet<string>,
  { target, nativeArchitecture }: OfferOptions,
): Promise<StoredOffers> {
  const found = new Map<string, PackageEntry[]>();
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    const key = aptName(entry, nativeArchitecture);
    if (!keys.has(key) || !target.mirrors.includes(entry.mirror)) continue;
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

/** Of these packages, those that no baseline of the store knows. `offers` are those of the chosen one. */
export async function findForeign(
  store: Store,
  packages: PackageSet,
  { offers, nativeArchitecture }: { offers: Offers; nativeArchitecture: string },
): Promise<PackageSet> {
  const foreign = new Map([...packages].filter(([key]) => !offers.knows(key)));
  for (const name of await storedBaselineNames(store)) {
    if (foreign.size === 0) break;
    const list = join(storedBaselineDirectory(store, name), packagesFileName);
    for await (const entry of readPackages(list)) foreign.delete(aptName(entry, nativeArchitecture));
  }
  return foreign;
}

/**
 * Hashes every package file that the plan installs.
 * @throws PommgrError `integrity.missing` for one that is not there, `integrity.digest` for one that was changed.
 */
export async function checkPlannedFiles(
  plan: UpgradePlan,
  stored: StoredBaseline,
  options: OfferOptions,
): Promise<void> {
  const wanted = [...plan.install, ...plan.upgrade, ...plan.downgrade].map((change) => ({
    key: aptName(change, options.nativeArchitecture),
    version: change.to ?? '',
  }));
  if (wanted.length === 0) return;
  const offers = await readOffers(stored, new Set(wanted.map(({ key }) => key)), options);
  const absent = wanted.filter(({ key, version }) => !offers.has(key, version));
  if (absent.length > 0)
    throw missing(
      absent.map(({ key, version }) => `${key} ${version}`),
      stored,
    );
  await checkPackageFiles(
    wanted.flatMap(({ key, version }) => offers.entries(key, version)),
    stored,
  );
}

/** Hashes package files of the store and returns their paths. @throws PommgrError as `checkPlannedFiles`. */
export async function checkPackageFiles(
  entries: readonly PackageEntry[],
  stored: StoredBaseline,
): Promise<string[]> {
  const paths: string[] = [];
  const hashers = openHasherPool(1);
  try {
    for (const entry of entries) {
      const path = join(stored.directory, entry.mirror, entry.filename);
      if ((await fileSize(path)) !== entry.sizeBytes) {
        throw missing([`${entry.name} ${entry.version}`], stored);
      }
      const { sha256 } = await hashFile(path, hashers);
      if (sha256 !== entry.sha256) throw changed(path, entry.sha256, sha256);
      paths.push(path);
    }
    return paths;
  } finally {
    await hashers.close();
  }
}

function missing(absent: readonly string[], { directory, baseline }: StoredBaseline): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `${baseline.name} in ${directory} does not hold, in full, what apt would install: ${absent.slice(0, 5).join(', ')}.`,
    {
      hints: ['The store is not complete any more. Import the bundle into a new store with --store.'],
      details: { directory, packages: absent.slice(0, 100) },
    },
  );
}

function changed(path: string, expected: string, found: string): PommgrError {
  return new PommgrError(
    'integrity.digest',
    `${path} was changed: expected SHA-256 ${expected}, found ${found}.`,
    {
      hints: ['Nothing was installed. Import the bundle into a new store with --store.'],
      details: { file: path, expected, found },
    },
  );
}
