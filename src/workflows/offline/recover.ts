/** Ends what an interrupted run left: undoes it, or finishes it where the state says that it was done. */
import { openAptRoot } from '../../adapters/apt-root.ts';
import { appendAudit, auditUser } from '../../adapters/audit-log.ts';
import { readJournal, removeJournal } from '../../adapters/journal.ts';
import { cleanPool } from '../../adapters/store-pool.ts';
import { readStoreState, writeStoreState, type Store } from '../../adapters/store.ts';
import { cleanBaselines } from '../../adapters/stored-baseline-directory.ts';
import type { Recovered } from '../../domain/apply-report.ts';
import type { Context } from '../../domain/progress.ts';
import type { StoreState, SwitchOperation } from '../../domain/store-state.ts';
import { formatTime } from '../../domain/time.ts';
import { finishSwitch, undoSwitch } from './switch-sources.ts';

/** Whether the state says that the switch is done. */
export function isCommitted(state: StoreState, operation: SwitchOperation): boolean {
  return state.applied?.number === operation.next.number;
}

/** The store must be locked. Returns null when nothing was left. */
export async function recover(store: Store, root: string, context: Context): Promise<Recovered | null> {
  const journal = await readJournal(store);
  if (journal === undefined) return null;
  const { operation } = journal;
  const recovered: Recovered =
    operation.kind === 'import'
      ? await undoImport(store, operation.baseline)
      : await endSwitch(operation, { store, root, context });
  await removeJournal(store);
  context.progress.note(recoveredText(recovered));
  return recovered;
}

/** What was verified stays: the pool holds nothing else. */
async function undoImport(store: Store, baseline: string): Promise<Recovered> {
  await cleanPool(store);
  await cleanBaselines(store);
  return { operation: 'import', baseline, outcome: 'undone' };
}

async function endSwitch(
  operation: SwitchOperation,
  { store, root, context }: { store: Store; root: string; context: Context },
): Promise<Recovered> {
  const { baseline, digest, target } = operation.next;
  const change = { store, aptRoot: await openAptRoot(root), operation };
  const state = await readStoreState(store);
  if (isCommitted(state, operation)) {
    await finishSwitch(change);
    return { operation: 'switch', baseline, outcome: 'finished' };
  }
  if (await undoSwitch(change, state)) {
    const entry = { time: formatTime(context.now()), user: auditUser(), baseline, digest, target };
    const audit = await appendAudit(store, state.audit, { ...entry, action: 'undo', decisions: [] });
    await writeStoreState(store, { ...state, audit });
  }
  return { operation: 'switch', baseline, outcome: 'undone' };
}

function recoveredText({ operation, baseline, outcome }: Recovered): string {
  const what = operation === 'import' ? 'The import of' : 'The switch to';
  return `${what} ${baseline} had been interrupted; it was ${outcome}.`;
}
