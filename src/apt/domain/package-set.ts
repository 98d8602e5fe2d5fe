/** Computes with sets of installed packages: their keys, their differences, and the result of an apt plan. */
import { aptName } from './apt-policy.ts';
import type { PlannedChanges } from './apt-simulation.ts';
import type { PlannedChange } from './planned-change.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { MarkedPackage } from './host-lock.ts';

/** Maps apt's own name of a package (`aptName`) to it. */
export type PackageSet = ReadonlyMap<string, MarkedPackage>;

export function packageSet(packages: Iterable<MarkedPackage>, nativeArchitecture: string): PackageSet {
  return new Map([...packages].map((item) => [aptName(item, nativeArchitecture), item]));
}

/** One package of a host that is not as wanted; null means "not installed". */
export interface Difference {
  /** apt's own name. */
  package: string;
  kind: 'version' | 'automatic' | 'hold';
  expected: string | null;
  found: string | null;
}

/** Returns the differences sorted by package; none when both are the same in versions and marks. */
export function differencesOf(wanted: PackageSet, found: PackageSet): Difference[] {
  const differences: Difference[] = [];
  for (const key of allKeys(wanted, found)) {
    const [expected, actual] = [wanted.get(key), found.get(key)];
    if (expected?.version !== actual?.version) {
      const versions = { expected: expected?.version ?? null, found: actual?.version ?? null };
      differences.push({ package: key, kind: 'version', ...versions });
      continue;
    }
    for (const kind of ['automatic', 'hold'] as const) {
      if (expected?.[kind] === actual?.[kind]) continue;
      differences.push({
        ...{ package: key, kind },
        expected: expected?.[kind] === true ? 'yes' : 'no',
        found: actual?.[kind] === true ? 'yes' : 'no',
      });
    }
  }
  return differences;
}

/**
 * Returns the arguments of `apt-get install` that turn `found` into `wanted`: `name=version` to install, `name-` to
 * remove.
 */
export function installArguments(wanted: PackageSet, found: PackageSet): string[] {
  const words: string[] = [];
  for (const key of allKeys(wanted, found)) {
    const [expected, actual] = [wanted.get(key), found.get(key)];
    if (expected === undefined) words.push(`${key}-`);
    else if (expected.version !== actual?.version) words.push(`${key}=${expected.version}`);
  }
  return words;
}

/**
 * Returns the packages after apt has carried out its plan. Packages that apt adds by itself are marked as automatic.
 */
export function afterPlan(found: PackageSet, plan: PlannedChanges, nativeArchitecture: string): PackageSet {
  const after = new Map(found);
  for (const change of [...plan.install, ...plan.upgrade, ...plan.downgrade]) {
    const key = aptName(change, nativeArchitecture);
    const { name, architecture, to } = change;
    const before = found.get(key);
    const { automatic, hold } = before ?? { automatic: true, hold: false };
    after.set(key, { name, architecture, version: to ?? '', automatic, hold });
  }
  for (const change of plan.remove) after.delete(aptName(change, nativeArchitecture));
  return after;
}

/** Returns the planned changes that affect held packages. */
export function heldChanges(found: PackageSet, plan: PlannedChanges, nativeArchitecture: string): string[] {
  return allChanges(plan)
    .map((change) => aptName(change, nativeArchitecture))
    .filter((key) => found.get(key)?.hold === true)
    .toSorted(compareText);
}

function allChanges({ install, upgrade, downgrade, remove }: PlannedChanges): PlannedChange[] {
  return [...install, ...upgrade, ...downgrade, ...remove];
}

function allKeys(a: PackageSet, b: PackageSet): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].toSorted(compareText);
}
