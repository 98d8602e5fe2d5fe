/** Implements `pommgr host drift`: how far a host is from a stored baseline or from a host lock. Changes nothing. */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { readInstalledSet } from '../../apt/adapters/installed-set.ts';
import { readJsonFile } from '../../core/adapters/json-file.ts';
import { baselineDirectories, locateStore, readStoreState } from '../../store/adapters/store.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { hasDrift, hostDrift as compare, type HostDrift } from '../domain/host-drift.ts';
import { hostLockKind, type MarkedPackage } from '../../apt/domain/host-lock.ts';
import { packageSet } from '../../apt/domain/package-set.ts';
import { openStoredBaseline, targetFor } from '../../store/workflows/open-stored-baseline.ts';
import { prepareSources } from '../../host/workflows/prepare-sources.ts';
import { findForeign } from './read-offers.ts';

export interface HostDriftReport {
  root: string;
  against: { kind: 'baseline' | 'lock'; name: string };
  /** Installed packages, the same and the others. */
  packages: number;
  drift: HostDrift;
  same: boolean;
}

export interface HostDriftOptions {
  root?: string | undefined;
  store?: string | undefined;
  /** Name of a stored baseline, or file of a lock. Default: the applied baseline. */
  against?: string | undefined;
  /** Foreign packages count as drift. */
  strict?: boolean;
}

/** @throws PommgrError `state.baseline` when there is nothing to compare with. */
export async function hostDrift(options: HostDriftOptions): Promise<HostDriftReport> {
  const root = await namedRoot(options.root);
  const aptRoot = await openAptRoot(root);
  const { packages } = await readInstalledSet(aptRoot);
  const { against, wanted } = await readWanted(aptRoot, options);
  const { architecture: nativeArchitecture } = aptRoot;
  const foreign = await foreignKeys(packages, { aptRoot, store: options.store });
  const drift = compare(packages, wanted, {
    nativeArchitecture,
    complete: against.kind === 'lock',
    isForeign: (key) => foreign.has(key),
  });
  const { strict = false } = options;
  return { root, against, packages: packages.length, drift, same: !hasDrift(drift, { strict }) };
}

/**
 * Returns packages that no stored baseline knows. Without any baseline, they cannot be distinguished from packages
 * installed since.
 */
async function foreignKeys(
  packages: readonly MarkedPackage[],
  { aptRoot, store: chosen }: { aptRoot: AptRoot; store: string | undefined },
): Promise<ReadonlySet<string>> {
  const store = await locateStore(aptRoot.root, chosen);
  const { architecture: nativeArchitecture } = aptRoot;
  if ((await baselineDirectories(store)).length === 0) return new Set();
  const offers = { knows: () => false, has: () => false };
  const set = packageSet(packages, nativeArchitecture);
  return new Set((await findForeign(store, set, { offers, nativeArchitecture })).keys());
}

interface Wanted {
  against: HostDriftReport['against'];
  wanted: { name: string; architecture: string; version: string }[];
}

async function readWanted(aptRoot: AptRoot, { store: chosen, against }: HostDriftOptions): Promise<Wanted> {
  if (against !== undefined && (await isFile(against))) {
    const { packages } = await readJsonFile(against, hostLockKind);
    return { against: { kind: 'lock', name: against }, wanted: packages };
  }
  const store = await locateStore(aptRoot.root, chosen);
  const state = await readStoreState(store);
  const name = against ?? state.applied?.baseline;
  if (name === undefined) {
    throw new PommgrError('state.baseline', `No baseline is applied from the store ${store.directory}.`, {
      hints: ['Name a baseline of the store or the file of a host lock with --against.'],
    });
  }
  const stored = await openStoredBaseline(store, state, name);
  const target = await targetFor(stored, aptRoot, { state });
  const { candidates } = await prepareSources(stored, { target: target, aptRoot, pins: null });
  return { against: { kind: 'baseline', name }, wanted: candidates };
}

/** A path always has a slash or a suffix; the name of a baseline could match a file only by accident. */
async function isFile(against: string): Promise<boolean> {
  return against.includes('/') || (await pathExists(against));
}
