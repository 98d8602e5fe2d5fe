/**
 * StoredBaseline -> AppliedBaseline -> UpgradePlan: makes a host's apt see a stored baseline. Invariant: it returns
 * only when apt's candidates are the baseline's; otherwise the previous state is restored.
 */
import type { Admission } from '../../approval/workflows/admit-bundle.ts';
import { fetchLists } from '../../apt/adapters/apt-lists.ts';
import { lockAptLists } from '../../apt/adapters/apt-list-lock.ts';
import type { AptFiles } from '../../apt/adapters/apt.ts';
import { prepareAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { appliedFiles, writeApplied } from '../adapters/applied-directory.ts';
import { readStoreState, type Store } from '../../store/adapters/store.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Candidate } from '../../mirror/domain/candidates.ts';
import { notAutomaticTexts } from '../../mirror/domain/not-automatic.ts';
import { admitGaps, type Gaps } from '../domain/gaps.ts';
import { checkClock } from '../domain/clock.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Applied, Decision, SetAside, StoreState } from '../../store/domain/store-state.ts';
import { releaseDigests } from '../../store/domain/store-address.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';
import { compareApplied, type AppliedBaseline } from './applied-baseline.ts';
import { aptConfiguration, listSettings } from './apt-configuration.ts';
import { extractChangelogs } from './extract-changelogs.ts';
import { checkCandidates, type NewerPackage } from './check-apt.ts';
import { commitSwitch, undoUnlessCommitted, type SwitchRecord } from './commit-switch.ts';
import { checkGaps } from './check-gaps.ts';
import { checkDefaultRelease } from './check-default-release.ts';
import { isInPlace, planSwitch } from './plan-switch.ts';
import { prepareSources, type PreparedSources, type PrepareOptions } from './prepare-sources.ts';
import { finishSwitch, switchSources, type Switch } from './switch-sources.ts';
import { takeBackLink } from './take-back-link.ts';
import { withJournal, type JournalledChange } from '../../store/workflows/with-journal.ts';

export interface ApplyBaselineOptions {
  store: Store;
  aptRoot: AptRoot;
  target: Target;
  /** For the audit log. With `pin` and `unpin`, other sources stay where they are. */
  action: SwitchRecord['action'];
  /** That the host's approvers admit the baseline. */
  admission: Admission;
  decisions: readonly Decision[];
  /**
   * Switches although the baseline cannot fully serve the host. Default: true for a baseline that the host had before.
   */
  acceptGaps?: boolean;
  /** Default: the pins in the state, for the new baseline. */
  pins?: PrepareOptions['pins'];
  /** Sources that the packages of the target bring, with `upgrade`. */
  coming?: readonly SetAside[];
  /** Findings that the operator accepted, for the audit log. */
  accepted?: readonly string[];
  context: Context;
}

export interface BaselineOutcome {
  applied: AppliedBaseline;
  /** False when apt already saw the baseline. */
  changed: boolean;
  setAside: SetAside[];
  plan: UpgradePlan;
  pinned: Candidate[];
  /** See PreparedSources. */
  unavailable: Candidate[];
  /** Packages that are installed in a newer version than the baseline's. */
  newer: NewerPackage[];
  /** What the baseline cannot serve here; null where apt already saw it. */
  gaps: Gaps | null;
}

/**
 * @throws PommgrError `tool.*` when apt refuses, `integrity.missing` when its plan needs what is not in the store,
 *   `state.clock` when the host's clock is behind the baseline.
 */
export async function applyBaseline(
  stored: StoredBaseline,
  options: ApplyBaselineOptions,
): Promise<BaselineOutcome> {
  const { store, aptRoot, target, context } = options;
  checkClock(stored.baseline, context.now());
  context.progress.step(`Preparing the sources of ${stored.baseline.name}`);
  const state = await readStoreState(store);
  const pins = options.pins === undefined ? pinsOf(state, stored) : options.pins;
  const prepared = await prepareSources(stored, { target, aptRoot, pins });
  await takeBackLink({ store, aptRoot }, context);
  const othersStay = areOthersToStay(options);
  const change = await planSwitch(stored, state, { ...options, othersStay });
  const configuration = aptConfiguration(stored, { store, aptRoot, target });
  const work: Work = { stored, change, prepared, configuration, pins, options };
  await prepareAptRoot(aptRoot);
  // The lock is held from before apt fetches until after the last comparison: another update in between, with the
  // previous sources, would remove the lists of the new ones.
  const lock = await lockAptLists(aptRoot, options);
  try {
    return await switchTo(state, work);
  } finally {
    await lock.release();
  }
}

async function switchTo(state: StoreState, work: Work): Promise<BaselineOutcome> {
  const { stored, change, options } = work;
  const { store } = options;
  if (state.applied !== null && (await isInPlace(state, work))) return confirm(state.applied, work);
  const journalled: JournalledChange = {
    ...{ store, context: options.context, operation: change.operation },
    what: `The switch to ${stored.baseline.name}`,
    undo: () => undoUnlessCommitted(change),
  };
  const { applied, gaps } = await withJournal(journalled, async (begin) => {
    await begin();
    const carriedOut = await carryOut(work);
    await commitSwitch(change, { ...options, pins: work.pins, gaps: carriedOut.gaps });
    await finishSwitch(change);
    return carriedOut;
  });
  await bringChangelogs(applied, work);
  return outcomeOf(applied, work, { gaps, changed: true });
}

function areOthersToStay({ action }: ApplyBaselineOptions): boolean {
  return action === 'pin' || action === 'unpin';
}

/** The scope stays; the pins become those of the new baseline. */
function pinsOf({ pins }: StoreState, { baseline }: StoredBaseline): PrepareOptions['pins'] {
  return pins === null ? null : { scope: pins.scope, baseline: baseline.name };
}

interface Work {
  stored: StoredBaseline;
  change: Switch;
  prepared: PreparedSources;
  configuration: string;
  pins: PrepareOptions['pins'];
  options: ApplyBaselineOptions;
}

async function confirm(applied: Applied, work: Work): Promise<BaselineOutcome> {
  const { sources, preferences } = appliedFiles(work.change.store, applied.number);
  const { baseline } = work.stored;
  const lists = { sources, preferences, settings: listSettings(baseline) };
  await fetchLists(work.change.aptRoot, lists, releaseDigests(baseline));
  await tellSettings(work, { sources, preferences });
  const seen = await compare(work, applied);
  await bringChangelogs(seen, work);
  return outcomeOf(seen, work, { gaps: null, changed: false });
}

/** Changelogs come after the switch: they are a convenience, and apt has everything that it needs. */
async function bringChangelogs(
  { applied, plan }: AppliedBaseline,
  { stored, options: { store, aptRoot, target, context } }: Work,
): Promise<void> {
  const { changelogs } = appliedFiles(store, applied.number);
  await extractChangelogs(plan, stored, {
    ...{ target, store, aptRoot, directory: changelogs, context },
  });
}

/**
 * Warns about settings that decide between the target's mirrors besides versions; returns those that could explain a
 * different choice.
 */
async function tellSettings({ stored, change, prepared, options }: Work, files: AptFiles): Promise<string[]> {
  const { target, context } = options;
  const mirrors = stored.baseline.content.mirrors.filter(({ id }) => target.mirrors.includes(id));
  for (const text of notAutomaticTexts(target, mirrors)) context.progress.warn(text);
  const { hides } = prepared;
  const defaultRelease = await checkDefaultRelease(change.aptRoot, { files, mirrors, hides });
  if (defaultRelease === undefined) return [];
  context.progress.warn(defaultRelease);
  return [defaultRelease];
}

/** Fetches the lists first, beside the old ones; then compares apt's choice, before the switch and after it. */
async function carryOut(work: Work): Promise<{ applied: AppliedBaseline; gaps: Gaps }> {
  const { stored, change, prepared, options } = work;
  const { aptRoot, store, operation } = change;
  const { progress, signal } = options.context;
  const files = appliedFiles(store, operation.next.number);
  const { sources, preferences } = files;
  await writeApplied(files, { ...prepared.texts, configuration: work.configuration });
  progress.step('Letting apt read the new lists');
  const releases = releaseDigests(stored.baseline);
  const lists = { sources, preferences, settings: listSettings(stored.baseline) };
  const { warnings } = await fetchLists(aptRoot, lists, releases);
  for (const warning of warnings) progress.warn(warning);
  const hints = await tellSettings(work, { sources, preferences });
  await checkCandidates(aptRoot, prepared, { files: { sources, preferences }, hints });
  const gaps = await checkGaps(aptRoot, { ...options, prepared, files: { sources, preferences } });
  if (options.acceptGaps === false) admitGaps(stored.baseline.name, gaps);
  signal.throwIfAborted();
  progress.step('Switching the sources');
  await switchSources(change);
  return { applied: await compare(work, operation.next), gaps };
}

function compare({ stored, change, prepared, options }: Work, applied: Applied): Promise<AppliedBaseline> {
  const { aptRoot, store } = change;
  const isShared = areOthersToStay(options);
  return compareApplied(stored, {
    ...{ applied, prepared, store, aptRoot, isShared },
    signal: options.context.signal,
  });
}

function outcomeOf(
  applied: AppliedBaseline,
  { change, prepared }: Work,
  { gaps, changed }: Pick<BaselineOutcome, 'gaps' | 'changed'>,
): BaselineOutcome {
  return {
    applied,
    changed,
    setAside: changed ? change.operation.setAside : [],
    plan: applied.plan,
    pinned: prepared.pinned,
    unavailable: prepared.unavailable,
    newer: applied.newer,
    gaps,
  };
}
