/**
 * `pommgr store gc`: removes the baselines that a host needs no more, and every file that only they had.
 * Invariant: the state says that a baseline is gone before the first file of it is.
 */
import { valueOf } from '../../core/domain/named.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import { readRestoreJournal } from '../../store/adapters/restore-files.ts';
import { writeStoreIndex } from '../../store/adapters/store-index.ts';
import { removeStoredBaselines, unusedWithout } from '../../store/adapters/store-removal.ts';
import {
  readStoreState,
  remoteBaselineNames,
  storedBaselineNames,
  writeStoreState,
  type Store,
} from '../../store/adapters/store.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { planStoreGc, stateAfterRemoval, type StoreGcReport } from '../../store/domain/store-gc.ts';
import { formatTime } from '../../core/domain/time.ts';
import { giveUpVolumes } from '../../store/workflows/gather-volumes.ts';
import { recover } from '../../host/workflows/recover.ts';
import { workOnStore, type StoreOptions } from '../../host/workflows/work-on-store.ts';
import { withJournal, type JournalledChange } from '../../store/workflows/with-journal.ts';

export interface StoreGcOptions extends StoreOptions {
  /** How many of each track stay at least. */
  keep: number;
  /** Baselines that stay, too: others use them from here. */
  keepBaselines: readonly string[];
}

/** @throws PommgrError `state.baseline` for a name to keep that the store does not have. */
export async function storeGc(options: StoreGcOptions): Promise<StoreGcReport> {
  const { keep, keepBaselines: named, dryRun = false, context } = options;
  return workOnStore(options, async ({ root, store }) => {
    const state = await readStoreState(store);
    const all = [...(await storedBaselineNames(store)), ...(await remoteBaselineNames(store))];
    const names = [...new Set(all)].toSorted(compareText);
    for (const name of named) if (!names.includes(name)) throw noBaseline(name, store, names);
    const restoring = (await readRestoreJournal(store))?.baseline.name;
    const plan = planStoreGc(names, { state, keep, restoring, named });
    const report = {
      ...plan,
      store: store.directory,
      dryRun,
      freed: await unusedWithout(store, plan.removed),
    };
    if (dryRun) return report;
    await giveUpVolumes(store, context);
    if (plan.removed.length === 0 && report.freed.files === 0) return report;
    await carryOut({ store, root }, plan.removed, context);
    return report;
  });
}

async function carryOut(
  { store, root }: { store: Store; root: string },
  baselines: readonly string[],
  context: Context,
): Promise<void> {
  const change: JournalledChange = {
    ...{ store, context, what: 'The removal' },
    operation: { kind: 'remove', baselines: [...baselines] },
    // What the next run would do: it removes the journal itself.
    async undo() {
      await recover(store, root, context);
      return 'undone';
    },
  };
  await withJournal(change, async (begin) => {
    if (baselines.length === 0) return removeStoredBaselines(store, baselines);
    await begin();
    context.progress.step(`Removing ${baselines.join(', ')}`);
    await writeStoreIndex(store, baselines);
    await commit(store, baselines, context);
    return removeStoredBaselines(store, baselines);
  });
}

async function commit(store: Store, baselines: readonly string[], context: Context): Promise<void> {
  const state = await readStoreState(store);
  let audit = state.audit;
  for (const name of baselines) {
    audit = await appendAudit(store, audit, {
      time: formatTime(context.timestamp()),
      user: auditUser(),
      action: 'remove',
      baseline: name,
      digest: valueOf(state.known, name) ?? null,
      target: null,
      decisions: [],
    });
  }
  await writeStoreState(store, { ...stateAfterRemoval(state, baselines), audit });
}

function noBaseline(name: string, { directory }: Store, names: readonly string[]): PommgrError {
  return new PommgrError('state.baseline', `There is no baseline ${name} in the store ${directory}.`, {
    hints: [`There are: ${names.slice(-10).join(', ') || 'none'}.`],
    details: { name, found: names },
  });
}
