/** Resolves what an interrupted run left: undoes it, or finishes it where the state says that it was done. */
import { withAptLists } from '../../apt/adapters/apt-list-lock.ts';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { appendAudit, auditUser, trimAudit } from '../../store/adapters/audit-log.ts';
import { removeAptTemporaries } from '../../apt/adapters/host-apt-files.ts';
import { endIncoming } from '../../store/adapters/incoming-file.ts';
import { readJournal, removeJournal } from '../../store/adapters/journal.ts';
import { cleanPool } from '../../store/adapters/store-pool.ts';
import { putBackSubscription } from '../../store/adapters/subscription-state.ts';
import {
  readStoreState,
  remoteBaselineDirectory,
  removeStoreTemporaries,
  storedBaselineDirectory,
  writeStoreState,
  type Store,
} from '../../store/adapters/store.ts';
import { writeStoreIndex } from '../../store/adapters/store-index.ts';
import { finishDocuments } from '../../store/adapters/next-documents.ts';
import { removeStoredBaselines } from '../../store/adapters/store-removal.ts';
import { cleanBaselines } from '../../store/adapters/stored-baseline-directory.ts';
import { removeKeyTemporaries, hostKeysDirectory } from '../../trust/adapters/trusted-keys.ts';
import type { Recovered } from '../domain/recovered.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type {
  ActivateOperation,
  DetachOperation,
  ImportOperation,
  Journal,
  RemoveOperation,
  SwitchOperation,
} from '../../store/domain/journal.ts';
import { formatTime } from '../../core/domain/time.ts';
import { finishDetach, undoDetach } from './detach-sources.ts';
import { recordImport } from '../../store/workflows/record-import.ts';
import { finishSwitch, undoSwitch } from './switch-sources.ts';

/** Returns whether the state says that the switch is done. */
export function isCommitted(state: StoreState, operation: SwitchOperation): boolean {
  return state.applied?.number === operation.next.number;
}

interface Recovering {
  store: Store;
  root: string;
  context: Context;
}

/** The store must be locked. Returns null when nothing was left. */
export async function recover(store: Store, root: string, context: Context): Promise<Recovered | null> {
  const recovering: Recovering = { store, root, context };
  await removeLeftovers(recovering);
  const journal = await readJournal(store);
  if (journal === undefined) return null;
  const recovered = await endOperation(journal.operation, recovering);
  context.progress.note(recoveredText(recovered));
  return recovered;
}

async function endOperation(operation: Journal['operation'], recovering: Recovering): Promise<Recovered> {
  const { store } = recovering;
  if (operation.kind === 'detach') return endDetach(operation, recovering);
  const recovered = await endOther(operation, recovering);
  await trimAudit(store, (await readStoreState(store)).audit);
  await removeJournal(store);
  return recovered;
}

async function endOther(
  operation: Exclude<Journal['operation'], DetachOperation>,
  recovering: Recovering,
): Promise<Recovered> {
  switch (operation.kind) {
    case 'import':
      return endImport(operation, recovering);
    case 'switch':
      return endSwitch(operation, recovering);
    case 'activate':
      return endActivation(operation, recovering);
    case 'remove':
      return endRemoval(operation, recovering);
  }
}

/** Removes files that were not yet renamed when a run was killed. */
async function removeLeftovers({ store, root }: Recovering): Promise<void> {
  await removeStoreTemporaries(store);
  await removeAptTemporaries(root);
  await removeKeyTemporaries(await hostKeysDirectory(root));
}

/**
 * A baseline that has its name is complete and durable. Otherwise the verified objects stay: the pool holds nothing
 * else.
 */
async function endImport(
  { baseline: name, digest, from }: ImportOperation,
  { store, context }: Recovering,
): Promise<Recovered> {
  await cleanPool(store);
  await cleanBaselines(store);
  const directoryOf = from === undefined ? storedBaselineDirectory : remoteBaselineDirectory;
  const isThere = await pathExists(directoryOf(store, name));
  if (isThere) await finishDocuments(directoryOf(store, name));
  if (isThere) await recordImport({ name, digest, from }, { store, context });
  else await writeStoreIndex(store);
  if (isThere && from === undefined) await endIncoming(store, { name });
  return { operation: 'import', baseline: name, outcome: isThere ? 'finished' : 'undone' };
}

async function endSwitch(operation: SwitchOperation, recovering: Recovering): Promise<Recovered> {
  const { store, root } = recovering;
  const { baseline, digest, target } = operation.next;
  const change = { store, aptRoot: await openAptRoot(root), operation };
  const state = await readStoreState(store);
  if (isCommitted(state, operation)) {
    await finishSwitch(change);
    return { operation: 'switch', baseline, outcome: 'finished' };
  }
  const undo = (): Promise<boolean> => undoSwitch(change, state);
  if (await withAptLists(change.aptRoot, recovering.context, undo))
    await recordUndo({ baseline, digest, target }, state, recovering);
  return { operation: 'switch', baseline, outcome: 'undone' };
}

/** A detach without an applied baseline only purges; its start is its commit. */
async function endDetach(operation: DetachOperation, recovering: Recovering): Promise<Recovered> {
  const { store, root } = recovering;
  const change = { store, aptRoot: await openAptRoot(root), operation };
  const state = await readStoreState(store);
  const baseline = operation.applied?.baseline ?? null;
  if (state.applied === null) {
    await withAptLists(change.aptRoot, recovering.context, () => finishDetach(change));
    return { operation: 'detach', baseline, outcome: 'finished' };
  }
  const { digest, target } = state.applied;
  if (await withAptLists(change.aptRoot, recovering.context, () => undoDetach(change))) {
    await recordUndo({ baseline: state.applied.baseline, digest, target }, state, recovering);
  }
  await trimAudit(store, (await readStoreState(store)).audit);
  await removeJournal(store);
  return { operation: 'detach', baseline, outcome: 'undone' };
}

/** The product's answer is unknown: unless activation was recorded, the old state is restored. */
async function endActivation(
  { product, records }: ActivateOperation,
  { store, root }: Recovering,
): Promise<Recovered> {
  const isDone = (await readStoreState(store)).audit.records > records;
  if (!isDone) await putBackSubscription(store, await openAptRoot(root), product);
  return { operation: 'activate', baseline: null, outcome: isDone ? 'finished' : 'undone' };
}

/** A removal cannot be undone; until the state records it, nothing is removed. */
async function endRemoval({ baselines }: RemoveOperation, { store }: Recovering): Promise<Recovered> {
  const { removed } = await readStoreState(store);
  const isDone = baselines.every((name) => removed.includes(name));
  if (isDone) await removeStoredBaselines(store, baselines);
  await writeStoreIndex(store);
  const baseline = baselines[0] ?? null;
  return { operation: 'remove', baseline, outcome: isDone ? 'finished' : 'undone' };
}

async function recordUndo(
  about: { baseline: string; digest: string; target: string },
  state: StoreState,
  { store, context }: Recovering,
): Promise<void> {
  const entry = { time: formatTime(context.timestamp()), user: auditUser(), ...about };
  const audit = await appendAudit(store, state.audit, { ...entry, action: 'undo', decisions: [] });
  await writeStoreState(store, { ...state, audit });
}

function recoveredText({ operation, baseline, outcome }: Recovered): string {
  if (operation === 'activate')
    return `The activation of a subscription key had been interrupted; it was ${outcome}.`;
  const what = {
    import: 'The import of',
    switch: 'The switch to',
    detach: 'The detach from',
    remove: 'The removal of',
  }[operation];
  return `${what} ${baseline ?? 'the store'} had been interrupted; it was ${outcome}.`;
}
