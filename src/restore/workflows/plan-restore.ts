/** Plans a restore: what is installed, what is wanted, and what apt would do. Changes nothing. */
import { simulateInstall } from '../../apt/adapters/apt-install.ts';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { readInstalledSet, type UnfinishedPackage } from '../../apt/adapters/installed-set.ts';
import type { Store } from '../../store/adapters/store.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { HostLock, MarkedPackage } from '../../apt/domain/host-lock.ts';
import {
  afterPlan,
  differencesOf,
  installArguments,
  packageSet,
  type PackageSet,
} from '../../apt/domain/package-set.ts';
import { baselineGoal, checkPlan, lockGoal } from '../domain/restore-plan.ts';
import type { RestoreJournal } from '../../store/domain/restore-journal.ts';
import type { UnavailablePackage } from '../domain/restore-report.ts';
import { toolKey, withTool, type OfferedTool } from '../domain/tool-package.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';
import { findForeign, readOffers, type StoredOffers } from './read-offers.ts';
import type { RestoreSources } from './restore-sources.ts';

export interface RestoreInput {
  store: Store;
  aptRoot: AptRoot;
  stored: StoredBaseline;
  target: Target;
  lock: HostLock | undefined;
  /** Journal of an interrupted restore: what the marks were, and what was there, before it began. */
  journal: RestoreJournal | undefined;
  sources: RestoreSources;
  removeForeign: boolean;
  /** pommgr's own package, where a medium was named that carries it. */
  offeredTool: OfferedTool | undefined;
}

/** The present packages, and the goal, as far as it is known before apt is asked. */
export interface RestoreGoal {
  found: PackageSet;
  unfinished: UnfinishedPackage[];
  goal: PackageSet;
  /** Installed packages that no baseline knows. */
  foreign: PackageSet;
  unavailable: UnavailablePackage[];
  /** pommgr's own package, where it is to be installed from the medium. */
  tool: OfferedTool | null;
  offers: StoredOffers;
}

export async function restoreGoal(input: RestoreInput): Promise<RestoreGoal> {
  const { store, aptRoot, stored, target, lock, journal, sources, removeForeign } = input;
  const nativeArchitecture = aptRoot.architecture;
  const { packages, unfinished } = await readInstalledSet(aptRoot);
  const found = packageSet(packages, nativeArchitecture);
  const before = asBefore(found, unfinished, { journal, nativeArchitecture });
  const locked = packageSet(lock?.packages ?? [], nativeArchitecture);
  const keys = new Set([...before.keys(), ...locked.keys()]);
  const offers = await readOffers(stored, keys, { target, nativeArchitecture });
  const foreign = await findForeign(store, before, { offers, nativeArchitecture });
  const known = { nativeArchitecture, foreign, removeForeign };
  const wanted =
    lock === undefined
      ? { goal: baselineGoal(before, sources.candidates, known), unavailable: [] }
      : lockGoal(before, locked, { ...known, offers });
  const { goal, unavailable, tool } = withTool(wanted, {
    ...{ found, locked, nativeArchitecture, offered: input.offeredTool },
    isInBaseline: offers.knows(toolKey(nativeArchitecture)),
  });
  return { found, unfinished, goal, foreign, unavailable, tool, offers };
}

/** Returns the packages before any restore began, as far as known: the journal's marks and packages take precedence. */
function asBefore(
  found: PackageSet,
  unfinished: readonly UnfinishedPackage[],
  { journal, nativeArchitecture }: { journal: RestoreJournal | undefined; nativeArchitecture: string },
): PackageSet {
  const before = new Map(found);
  for (const { name, architecture } of unfinished) {
    const nothing = { version: '', automatic: false, hold: false };
    before.set(aptName({ name, architecture }, nativeArchitecture), { name, architecture, ...nothing });
  }
  for (const item of journal?.goal ?? []) {
    const key = aptName(item, nativeArchitecture);
    const present = before.get(key);
    const version = present === undefined || present.version === '' ? item.version : present.version;
    before.set(key, { ...item, version } satisfies MarkedPackage);
  }
  return before;
}

export interface RestorePlan {
  found: PackageSet;
  goal: PackageSet;
  plan: UpgradePlan;
  /** Arguments of `apt-get install`; empty where no package changes. */
  words: string[];
}

/** @throws PommgrError `tool.apt` or `tool.plan` when apt finds no way to the goal. */
export async function planRestore(
  { found, goal: wanted, tool }: RestoreGoal,
  { aptRoot, lock, sources }: RestoreInput,
): Promise<RestorePlan> {
  const nativeArchitecture = aptRoot.architecture;
  const simulate = async (goal: PackageSet): Promise<{ words: string[]; plan: UpgradePlan }> => {
    const words = installArguments(goal, found).map((word) => wordFor(word, tool, aptRoot));
    return { words, plan: await simulateInstall(aptRoot, words, sources.files) };
  };
  let goal = wanted;
  if (lock === undefined) {
    const { plan } = await simulate(goal);
    goal = withConsequences(goal, afterPlan(found, plan, nativeArchitecture));
  }
  const { words, plan } = await simulate(goal);
  checkPlan(plan, { found, goal, nativeArchitecture });
  return { found, goal, plan, words };
}

/** apt knows pommgr's own package by no source, so it is named by its file. */
function wordFor(word: string, tool: OfferedTool | null, aptRoot: AptRoot): string {
  const isTool = tool !== null && word === `${toolKey(aptRoot.architecture)}=${tool.version}`;
  return isTool ? pathForApt(aptRoot, tool.file) : word;
}

/** Dependencies of new versions are added, and packages that they displace are removed. */
function withConsequences(goal: PackageSet, after: PackageSet): PackageSet {
  const consequent = new Map([...goal].filter(([key]) => after.has(key)));
  for (const [key, item] of after) if (!consequent.has(key)) consequent.set(key, item);
  return consequent;
}

/** Whether anything is to be done. */
export function isRestored({ found, goal }: RestorePlan): boolean {
  return differencesOf(goal, found).length === 0;
}
