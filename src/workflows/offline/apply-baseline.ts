/**
 * StoredBaseline -> AppliedBaseline -> UpgradePlan: makes a host's apt see a stored baseline.
 * Invariant: it returns when apt's candidates are the baseline's; otherwise what was there before comes back.
 */
import { readFile } from 'node:fs/promises';
import { fetchLists, simulateUpgrade } from '../../adapters/apt.ts';
import { pathForApt, prepareAptRoot, type AptRoot } from '../../adapters/apt-root.ts';
import { appliedFiles, currentNumber, writeApplied } from '../../adapters/applied-directory.ts';
import { appendAudit, auditUser } from '../../adapters/audit-log.ts';
import { linksInPlace } from '../../adapters/host-apt-files.ts';
import { removeJournal, writeJournal } from '../../adapters/journal.ts';
import { readStoreState, writeStoreState, type Store } from '../../adapters/store.ts';
import type { UpgradePlan } from '../../domain/apt-simulation.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import type { Applied, Decision, SetAside, StoreState } from '../../domain/store-state.ts';
import type { AppliedBaseline, StoredBaseline } from '../../domain/stored-baseline.ts';
import type { Target } from '../../domain/target.ts';
import { formatTime } from '../../domain/time.ts';
import { checkCandidates, checkPlanFiles } from './check-apt.ts';
import { prepareSources, type PreparedSources } from './prepare-sources.ts';
import { isCommitted } from './recover.ts';
import { planSetAside } from './set-aside.ts';
import { finishSwitch, switchSources, undoSwitch, type Switch } from './switch-sources.ts';

export interface ApplyBaselineOptions {
  store: Store;
  aptRoot: AptRoot;
  target: Target;
  decisions: readonly Decision[];
  context: Context;
}

export interface BaselineOutcome {
  applied: AppliedBaseline;
  /** False when apt saw the baseline already. */
  changed: boolean;
  setAside: SetAside[];
  plan: UpgradePlan;
}

/** @throws PommgrError `tool.*` when apt refuses, `integrity.missing` when its plan needs what is not in the store. */
export async function applyBaseline(
  stored: StoredBaseline,
  options: ApplyBaselineOptions,
): Promise<BaselineOutcome> {
  const { store, aptRoot, target, context } = options;
  context.progress.step(`Preparing the sources of ${stored.baseline.name}`);
  const state = await readStoreState(store);
  const prepared = await prepareSources(stored, target, aptRoot);
  const change = await planSwitch(stored, state, options);
  if (state.applied !== null && (await isInPlace(state.applied, { change, prepared }))) {
    return confirm(state.applied, { stored, prepared, change });
  }
  await writeJournal(store, {
    schema: 'pommgr/journal/v1',
    started: change.operation.next.since,
    operation: change.operation,
  });
  try {
    const plan = await carryOut(stored, { change, prepared, context });
    await commit(change, options);
    await finishSwitch(change);
    await removeJournal(store);
    return {
      applied: asApplied(change.operation.next, stored),
      changed: true,
      setAside: change.operation.setAside,
      plan,
    };
  } catch (error) {
    await undoUnlessCommitted(change, error);
    throw error;
  }
}

async function planSwitch(
  { baseline }: StoredBaseline,
  state: StoreState,
  { store, aptRoot, target, context }: ApplyBaselineOptions,
): Promise<Switch> {
  const { name, digest, track, sequence } = baseline;
  return {
    store,
    aptRoot,
    operation: {
      kind: 'switch',
      next: {
        number: state.lastNumber + 1,
        baseline: name,
        digest,
        track,
        sequence,
        target: target.name,
        since: formatTime(context.now()),
      },
      previousNumber: await currentNumber(store),
      hadLinks: await linksInPlace(aptRoot.root, pathForApt(aptRoot, store.current)),
      setAside: await planSetAside(aptRoot, state.setAside),
    },
  };
}

interface Prepared {
  change: Switch;
  prepared: PreparedSources;
}

/** Whether there is nothing to switch. */
async function isInPlace(applied: Applied, { change, prepared }: Prepared): Promise<boolean> {
  const { next, previousNumber, hadLinks, setAside } = change.operation;
  const isSame = applied.baseline === next.baseline && applied.target === next.target;
  if (!isSame || previousNumber !== applied.number || !hadLinks || setAside.length > 0) return false;
  const files = appliedFiles(change.store, applied.number);
  const found = [await readFile(files.sources, 'utf8'), await readFile(files.preferences, 'utf8')];
  return found[0] === prepared.texts.sources && found[1] === prepared.texts.preferences;
}

async function confirm(
  applied: Applied,
  { stored, change, prepared }: Prepared & { stored: StoredBaseline },
): Promise<BaselineOutcome> {
  const { sources, preferences } = appliedFiles(change.store, applied.number);
  await fetchLists(change.aptRoot, { sources, preferences });
  const plan = await checkApt(stored, change.aptRoot, prepared);
  return { applied: asApplied(applied, stored), changed: false, setAside: [], plan };
}

/** Lists first, beside the old; then apt's choice is compared, before the switch and after it. */
async function carryOut(
  stored: StoredBaseline,
  { change, prepared, context }: Prepared & { context: Context },
): Promise<UpgradePlan> {
  const { aptRoot, store, operation } = change;
  await prepareAptRoot(aptRoot);
  const files = appliedFiles(store, operation.next.number);
  const { sources, preferences } = files;
  await writeApplied(files, prepared.texts);
  context.progress.step('Letting apt read the new lists');
  const { warnings } = await fetchLists(aptRoot, { sources, preferences });
  for (const warning of warnings) context.progress.warn(warning);
  await checkCandidates(aptRoot, prepared.candidates, { sources, preferences });
  context.signal.throwIfAborted();
  context.progress.step('Switching the sources');
  await switchSources(change);
  return checkApt(stored, aptRoot, prepared);
}

/** What apt sees by the host's own configuration. */
async function checkApt(
  stored: StoredBaseline,
  aptRoot: AptRoot,
  { candidates }: PreparedSources,
): Promise<UpgradePlan> {
  await checkCandidates(aptRoot, candidates);
  const plan = await simulateUpgrade(aptRoot);
  await checkPlanFiles(plan, stored);
  return plan;
}

async function commit(
  { store, operation }: Switch,
  { decisions, context }: ApplyBaselineOptions,
): Promise<void> {
  const state = await readStoreState(store);
  const { number, baseline, digest, track, sequence, target } = operation.next;
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.now()),
    user: auditUser(),
    action: 'apply',
    baseline,
    digest,
    target,
    decisions: [...decisions],
  });
  await writeStoreState(store, {
    ...state,
    lastNumber: number,
    applied: operation.next,
    highest: { ...state.highest, [track]: Math.max(sequence, state.highest[track] ?? 0) },
    setAside: [...state.setAside, ...operation.setAside],
    audit,
  });
}

async function undoUnlessCommitted(change: Switch, cause: unknown): Promise<void> {
  try {
    const state = await readStoreState(change.store);
    if (isCommitted(state, change.operation)) return;
    await undoSwitch(change, state);
    await removeJournal(change.store);
  } catch (error) {
    throw new PommgrError(
      'state.interrupted',
      `The switch to ${change.operation.next.baseline} failed, and could not be undone: ${(error as Error).message}`,
      {
        hints: [
          'Run the same command again: it undoes what was begun. Until then apt sees one baseline whole.',
        ],
        details: { undo: String(error), failure: String(cause) },
        cause,
      },
    );
  }
}

function asApplied(applied: Applied, stored: StoredBaseline): AppliedBaseline {
  return { applied, stored } as unknown as AppliedBaseline;
}
