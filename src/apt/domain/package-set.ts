/** Sets of installed packages: their keys, what two of them differ in, and what a plan of apt makes of one. */
import { aptName } from './apt-policy.ts';
import type { PlannedChanges } from './apt-simulation.ts';
import type { PlannedChange } from './planned-change.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { MarkedPackage } from './host-lock.ts';

/** By apt's own name of a package (`aptName`). */
export type PackageSet = ReadonlyMap<string, MarkedPackage>;

export function packageSet(packages: Iterable<MarkedPackage>, nativeArchitecture: string): PackageSet {
  return new Map([...packages].map((item) => [aptName(item, nativeArchitecture), item]));
}

/** What is wrong with one package of a host; null stands for "not installed". */
export interface Difference {
  /** apt's own name. */
  package: string;
  kind: 'version' | 'automatic' | 'hold';
  expected: string | null;
  found: string | null;
}

/** Sorted by package; empty when the two are the same in versions and marks. */
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
 * What `apt-get install` must be told to make `wanted` of `found`: `name=version` for what is to be installed, `name-`
 * for what is to go.
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

/** What there is when apt has done what it plans. What it adds by itself is there for others. */
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
