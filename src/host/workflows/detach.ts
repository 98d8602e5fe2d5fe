/**
 * Implements `pommgr detach`: AppliedBaseline -> the host's own sources, byte for byte. Invariant: the rename of the
 * state is the commit; before it everything can be undone, after it only our own files are left to remove.
 */
import { withAptLists } from '../../apt/adapters/apt-list-lock.ts';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { removeEmptyDirectory } from '../../core/adapters/atomic-files.ts';
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import { listHostLauncher } from '../../trust/adapters/host-launcher.ts';
import { listSecrets } from '../../store/adapters/store-secrets.ts';
import { locateStore, readStoreState, storeExists, writeStoreState } from '../../store/adapters/store.ts';
import { stateAfterDetach } from '../domain/applied-state.ts';
import type { DetachReport } from '../domain/detach-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { StoreSecret } from '../../store/domain/store-secret.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { detachSources, finishDetach, undoDetach, type Detach } from './detach-sources.ts';
import { planDetach } from './plan-detach.ts';
import { takeBackLink } from './take-back-link.ts';
import { workOnStore, type StoreOptions } from './work-on-store.ts';
import { withJournal } from '../../store/workflows/with-journal.ts';

/** What a purge removes besides the store's files. */
interface Purge {
  store: string;
  secrets: StoreSecret[];
}

export interface DetachOptions extends StoreOptions {
  /** Removes the store and the audit log, too. */
  purge: boolean;
  /**
   * Called before a purge; returns undefined where nobody can answer, and then secrets stay. Without it, the purge is
   * confirmed.
   */
  confirmPurge?: ((about: Purge) => Promise<boolean | undefined>) | undefined;
}

/** @throws PommgrError `state.foreign-file`, `refused.not-confirmed` before anything is changed. */
export async function detach(options: DetachOptions): Promise<DetachReport> {
  const { purge, dryRun = false, context } = options;
  if (purge && !dryRun) await removeEmptyStore(options);
  return workOnStore(options, async ({ root, store, recovered }) => {
    const about = { root, store: store.directory, recovered };
    // The interrupted run was a purge, and this run has completed it.
    if (!(await storeExists(store))) {
      const baseline = recovered?.baseline ?? null;
      const nothing = { putBack: [], changed: [], missing: [], kept: [], removed: [], secrets: [] };
      return { ...about, ...nothing, outcome: 'detached', baseline, purged: true };
    }
    const state = await readStoreState(store);
    const aptRoot = await openAptRoot(root);
    if (!dryRun) await takeBackLink({ store, aptRoot }, context);
    const { operation, ...files } = await planDetach(state, { store, aptRoot, purge });
    const isNothing = state.applied === null && !purge;
    const removed = purge ? await listHostLauncher(root) : [];
    const secrets = purge ? await listSecrets(store) : [];
    if (purge && !dryRun) await confirmPurge({ store: store.directory, secrets }, options);
    // Another update in between would bring back the lists that are removed here.
    if (!dryRun && !isNothing)
      await withAptLists(aptRoot, context, () => carryOut({ store, aptRoot, operation }, context));
    return {
      ...about,
      outcome: isNothing ? 'unchanged' : dryRun ? 'would-detach' : 'detached',
      baseline: state.applied?.baseline ?? null,
      ...files,
      kept: operation.kept,
      removed,
      secrets,
      purged: purge && !dryRun,
    };
  });
}

/** A purge that was killed before its last step left an empty directory and nothing that tells of it. */
async function removeEmptyStore({ root, store: chosen }: StoreOptions): Promise<void> {
  const store = await locateStore(await namedRoot(root), chosen);
  if (!(await storeExists(store))) await removeEmptyDirectory(store.directory);
}

async function confirmPurge(about: Purge, { confirmPurge: ask }: DetachOptions): Promise<void> {
  if (ask === undefined) return;
  const { store, secrets } = about;
  const answer = await ask(about);
  if (answer ?? secrets.length === 0) return;
  throw new PommgrError(
    'refused.not-confirmed',
    [
      `Nobody confirmed that the store ${store} may be removed${secrets.length === 0 ? '.' : ', with these secrets:'}`,
      ...secrets.map(({ path, what }) => `  ${path}: ${what}`),
    ].join('\n'),
    {
      hints: ['Nothing was changed. Copy what is still needed, then give --yes.'],
      details: { store, secrets },
    },
  );
}

async function carryOut(change: Detach, context: Context): Promise<void> {
  const { store, operation } = change;
  const undo = (): Promise<'undone' | 'committed'> => undoUnlessCommitted(change);
  await withJournal({ store, operation, what: 'The detach', undo, context }, async (begin) => {
    await begin();
    context.progress.step("Putting the host's own sources back");
    await detachSources(change);
    await commit(change, context);
    await finishDetach(change);
  });
}

async function commit({ store, operation }: Detach, context: Context): Promise<void> {
  if (operation.applied === null) return;
  const state = await readStoreState(store);
  const { baseline, digest, target } = operation.applied;
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.timestamp()),
    user: auditUser(),
    action: 'detach',
    ...{ baseline, digest, target, decisions: [] },
  });
  await writeStoreState(store, stateAfterDetach(state, audit));
}

async function undoUnlessCommitted(change: Detach): Promise<'undone' | 'committed'> {
  const { applied } = await readStoreState(change.store);
  if (applied === null) return 'committed';
  await undoDetach(change);
  return 'undone';
}
