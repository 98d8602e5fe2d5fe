/** Implements `pommgr status` on a host: what is applied, and what no longer matches it. Changes nothing. */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { simulateUpgrade } from '../../apt/adapters/apt.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import type { FileLock } from '../../core/adapters/file-lock.ts';
import { listOtherSources } from '../../apt/adapters/host-apt-files.ts';
import { readIncoming } from '../../store/adapters/incoming-file.ts';
import { readJournal } from '../../store/adapters/journal.ts';
import { readRestoreJournal } from '../../store/adapters/restore-files.ts';
import {
  locateStore,
  lockStore,
  readStoreState,
  storedBaselineNames,
  storeExists,
  type Store,
} from '../../store/adapters/store.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { missingVolumes } from '../../bundle/domain/incoming.ts';
import type { HostStatus, Problem } from '../domain/status.ts';
import { type StoreState } from '../../store/domain/store-state.ts';
import { operationBaseline } from '../../store/domain/journal.ts';
import { findBaseline, openStoredBaseline } from '../../store/workflows/open-stored-baseline.ts';
import { approvalOfStored } from './admit-approval.ts';
import { compareApt } from './compare-apt.ts';
import { findReplacedSources } from './take-back-link.ts';

/** Returns undefined when the host has no store. */
export async function hostStatus(options: {
  root?: string | undefined;
  store?: string | undefined;
  /** Default: now. */
  now?: Date;
}): Promise<HostStatus | undefined> {
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) return undefined;
  const state = await readStoreState(store);
  const { applied, setAside, history, pins, remotes } = state;
  const aptRoot = applied === null ? undefined : await openAptRoot(root);
  const interruptedRestore = await findInterruptedRestore(store);
  const problems = aptRoot === undefined ? [] : await findProblems(store, state, aptRoot);
  const canPlan = aptRoot !== undefined && interruptedRestore === null;
  const approval = await findApproval(store, state, { root, now: options.now ?? new Date(), problems });
  const plan = canPlan ? await planOf(aptRoot, problems) : null;
  return {
    root,
    store: store.directory,
    applied,
    previous: history.at(-1)?.baseline ?? null,
    pins,
    approval,
    stored: await storedBaselineNames(store),
    remotes,
    setAside,
    problems,
    otherSources: aptRoot === undefined ? [] : await listOtherSources(aptRoot),
    replacedSources: aptRoot === undefined ? null : ((await findReplacedSources({ store, aptRoot })) ?? null),
    interrupted: await findInterrupted(store),
    interruptedRestore,
    waiting: await findWaiting(store),
    plan,
  };
}

/** Lists that apt cannot read are a problem, too; then there is no plan. */
async function planOf(aptRoot: AptRoot, problems: Problem[]): Promise<HostStatus['plan']> {
  try {
    return await simulateUpgrade(aptRoot);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'tool.apt') throw error;
    if (problems.length === 0) problems.push({ what: error.message, hint: 'Run "apt-get update".' });
    return null;
  }
}

/** During a switch, of this run or of a killed one, apt sees neither the old nor the new state. */
async function findProblems(store: Store, state: StoreState, aptRoot: AptRoot): Promise<Problem[]> {
  if (state.applied === null || (await readJournal(store)) !== undefined) return [];
  try {
    const stored = await openStoredBaseline(store, state, state.applied.baseline);
    return await compareApt({ store, state, aptRoot, stored, candidates: 'installed' });
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    return [{ what: error.message, hint: error.hints.join(' ') }];
  }
}

/** What cannot be read is a problem, too. */
async function findApproval(
  store: Store,
  state: StoreState,
  { root, now, problems }: { root: string; now: Date; problems: Problem[] },
): Promise<HostStatus['approval']> {
  if (state.applied === null || (await readJournal(store)) !== undefined) return null;
  try {
    return await approvalOfStored(await findBaseline(store, state, state.applied.baseline), { root, now });
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    problems.push({ what: error.message, hint: error.hints.join(' ') });
    return null;
  }
}

/** Returns the set of media that the store has not yet seen completely. */
async function findWaiting(store: Store): Promise<HostStatus['waiting']> {
  const incoming = await readIncoming(store);
  if (incoming === undefined) return null;
  const { bundle, started, taken } = incoming;
  return { bundle, started, taken: taken.map(({ file }) => file), missing: missingVolumes(incoming) };
}

/** Returns the operation of an interrupted run. */
async function findInterrupted(store: Store): Promise<HostStatus['interrupted']> {
  const journal = await readWhenIdle(store, readJournal);
  if (journal === undefined) return null;
  const { started, operation } = journal;
  return { operation: operation.kind, baseline: operationBaseline(operation), started };
}

/** Returns the restore that was interrupted. */
async function findInterruptedRestore(store: Store): Promise<HostStatus['interruptedRestore']> {
  const journal = await readWhenIdle(store, readRestoreJournal);
  return journal === undefined ? null : { baseline: journal.baseline.name, started: journal.started };
}

/** A running command has a journal too, and holds the lock. */
async function readWhenIdle<T>(
  store: Store,
  read: (store: Store) => Promise<T | undefined>,
): Promise<T | undefined> {
  if ((await read(store)) === undefined) return undefined;
  let lock: FileLock;
  try {
    lock = await lockStore(store);
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'state.locked') return undefined;
    throw error;
  }
  try {
    return await read(store);
  } finally {
    await lock.release();
  }
}
