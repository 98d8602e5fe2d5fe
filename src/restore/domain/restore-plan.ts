/** Decides what a host is restored to, and whether the operator allowed the necessary changes. */
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { PlannedChanges } from '../../apt/domain/apt-simulation.ts';
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import type { Candidate } from '../../mirror/domain/candidates.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { MarkedPackage } from '../../apt/domain/host-lock.ts';
import { afterPlan, differencesOf, type PackageSet } from '../../apt/domain/package-set.ts';
import type { UnavailablePackage } from './restore-report.ts';
import { toolPackageName } from './tool-package.ts';
import type { Decision } from '../../store/domain/store-state.ts';

/** Installed packages that no baseline of the store knows by name and architecture. */
export type Foreign = ReadonlyMap<string, MarkedPackage>;

interface Known {
  nativeArchitecture: string;
  /** apt's own names of what the chosen baseline offers. */
  foreign: Foreign;
  removeForeign: boolean;
}

/**
 * Returns the first goal when a baseline is restored: the installed packages, in the candidates' versions. Packages of
 * an older or newer baseline that this one lacks are removed; packages that no baseline knows stay unless their removal
 * is requested.
 */
export function baselineGoal(
  found: PackageSet,
  candidates: readonly Candidate[],
  { nativeArchitecture, foreign, removeForeign }: Known,
): PackageSet {
  const versions = new Map(candidates.map((item) => [aptName(item, nativeArchitecture), item.version]));
  const goal = new Map<string, MarkedPackage>();
  for (const [key, item] of found) {
    const version = versions.get(key);
    if (version !== undefined) goal.set(key, { ...item, version });
    else if (item.name === toolPackageName || (foreign.has(key) && !removeForeign)) goal.set(key, item);
  }
  return goal;
}

/**
 * Returns the goal when a lock is restored: its packages, and the foreign ones unless they are to be removed. `offers`
 * has `name version` (apt's own name) for everything in the baseline.
 * @throws PommgrError `integrity.missing` when the baseline knows a package of the lock, but not in its version.
 */
export function lockGoal(
  found: PackageSet,
  locked: PackageSet,
  { offers, foreign, removeForeign }: Known & { offers: Offers },
): { goal: PackageSet; unavailable: UnavailablePackage[] } {
  const goal = new Map<string, MarkedPackage>();
  const unavailable: UnavailablePackage[] = [];
  const missing: string[] = [];
  for (const [key, item] of locked) {
    const actual = found.get(key);
    if (actual?.version === item.version || offers.has(key, item.version)) goal.set(key, item);
    else if (offers.knows(key)) missing.push(`${key} ${item.version}`);
    else {
      const { name, architecture, version } = item;
      unavailable.push({ name, architecture, version, installed: actual?.version ?? null });
      if (actual !== undefined) goal.set(key, actual);
    }
  }
  if (missing.length > 0) throw notInBaseline(missing);
  for (const [key, item] of found) {
    if (locked.has(key)) continue;
    if (item.name === toolPackageName || (foreign.has(key) && !removeForeign)) goal.set(key, item);
  }
  return { goal, unavailable };
}

/** What a baseline holds, by apt's own name. */
export interface Offers {
  knows(key: string): boolean;
  has(key: string, version: string): boolean;
}

function notInBaseline(missing: readonly string[]): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `The lock wants ${missing.length} packages in versions that the baseline does not hold: ${someOf(missing)}.`,
    {
      hints: ['Bring the baseline that the lock names to this host, and choose it with --baseline.'],
      details: { packages: missing.slice(0, 100) },
    },
  );
}

/**
 * Checks that apt's plan leads exactly to the goal.
 * @throws PommgrError `tool.plan` naming what apt would do otherwise.
 */
export function checkPlan(
  plan: PlannedChanges,
  { found, goal, nativeArchitecture }: { found: PackageSet; goal: PackageSet; nativeArchitecture: string },
): void {
  const differing = differencesOf(goal, afterPlan(found, plan, nativeArchitecture)).filter(
    ({ kind }) => kind === 'version',
  );
  if (differing.length === 0) return;
  const texts = differing.map(
    (item) => `${item.package}: wanted ${item.expected ?? 'none'}, apt plans ${item.found ?? 'none'}`,
  );
  throw new PommgrError('tool.plan', `apt cannot resolve the exact package set: ${someOf(texts)}.`, {
    hints: ['These packages conflict with each other, or depend on one that the baseline does not hold.'],
    details: { packages: differing.slice(0, 100) },
  });
}

export interface RestoreAllowances {
  allowDowngrades: boolean;
  allowRemovals: boolean;
  removeForeign: boolean;
}

/** The flags that a plan needs, as the operator types them. */
export function neededFlags(
  plan: PlannedChanges,
  { foreign, nativeArchitecture }: Pick<Known, 'foreign' | 'nativeArchitecture'>,
): Decision[] {
  const isForeign = (change: PlannedChange): boolean => foreign.has(aptName(change, nativeArchitecture));
  return [
    ...(plan.downgrade.length > 0 ? (['allow-downgrades'] as const) : []),
    ...(plan.remove.some((change) => !isForeign(change)) ? (['allow-removals'] as const) : []),
    ...(plan.remove.some(isForeign) ? (['remove-foreign'] as const) : []),
  ];
}

/**
 * @throws PommgrError `refused.downgrade` or `refused.removal` with the flags that would allow the plan.
 */
export function checkAllowed(
  plan: PlannedChanges,
  needed: readonly Decision[],
  { allowDowngrades, allowRemovals, removeForeign }: RestoreAllowances,
): void {
  const given: Decision[] = [
    ...(allowDowngrades ? (['allow-downgrades'] as const) : []),
    ...(allowRemovals ? (['allow-removals'] as const) : []),
    ...(removeForeign ? (['remove-foreign'] as const) : []),
  ];
  const lacking = needed.filter((flag) => !given.includes(flag));
  if (lacking.length === 0) return;
  const downgrades = lacking.includes('allow-downgrades') ? plan.downgrade : [];
  const removals = lacking.some((flag) => flag !== 'allow-downgrades') ? plan.remove : [];
  const parts = [
    ...(downgrades.length === 0 ? [] : [`downgrade ${someOf(downgrades.map(changeText))}`]),
    ...(removals.length === 0 ? [] : [`remove ${someOf(removals.map(({ name }) => name))}`]),
  ];
  throw new PommgrError(
    downgrades.length > 0 ? 'refused.downgrade' : 'refused.removal',
    `Restoring would ${parts.join(' and ')}. Nothing was changed.`,
    {
      hints: [
        `If that is meant, run the same command again with ${lacking.map((flag) => `--${flag}`).join(' ')}.`,
      ],
      details: { needed: lacking, plan },
    },
  );
}

function changeText({ name, from, to }: PlannedChange): string {
  return `${name} from ${from} to ${to}`;
}

function someOf(texts: readonly string[]): string {
  const some = texts.toSorted(compareText).slice(0, 5).join('; ');
  return texts.length > 5 ? `${some}; … (${texts.length})` : some;
}
