/**
 * Implements `pommgr rollback`: StoredBaseline -> AppliedBaseline for the baseline that was applied before. Invariant:
 * no package is changed, and the highest sequence of the rollback guard stays.
 */
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { readAuditLog } from '../../store/adapters/audit-log.ts';
import { readStoreState, type Store } from '../../store/adapters/store.ts';
import { removeUpgradeGuard } from '../../apt/adapters/host-apt-files.ts';
import { readUpgradeJournal, removeUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import { auditRecordSchema, type AuditRecord } from '../../store/domain/audit-record.ts';
import { valueOf } from '../../core/domain/named.ts';
import { quoteForShell } from '../../subscription/domain/steps-document.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { simulateUpgrade } from '../../apt/adapters/apt.ts';
import type { Recovered } from '../domain/recovered.ts';
import { checkClock } from '../domain/clock.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { chooseTarget, hostKind } from '../../apt/domain/host.ts';
import type { RollbackReport } from '../domain/rollback-report.ts';
import type { Applied, Former, StoreState } from '../../store/domain/store-state.ts';
import { admitStored } from './admit-approval.ts';
import { applyBaseline } from './apply-baseline.ts';
import { requireHeld } from '../../store/domain/held-targets.ts';
import { openStoredBaseline } from '../../store/workflows/open-stored-baseline.ts';
import { planSetAside } from './set-aside.ts';
import { workOnStore, type StoreOptions } from './work-on-store.ts';

/** @throws PommgrError `state.no-earlier`; else as `applyBaseline` and `openStoredBaseline`. */
export async function rollback(options: StoreOptions): Promise<RollbackReport> {
  const { context, dryRun = false } = options;
  return workOnStore(options, async ({ root, store, recovered }) => {
    const state = await readStoreState(store);
    const finished = await findFinished(store, recovered);
    if (finished !== undefined) {
      const forward = forwardCommand(finished.from.name, { options, root, store, state });
      return finishedReport(state, finished, { root, store, recovered, forward });
    }
    const { applied, former } = requireFormer(state);
    const stored = await openStoredBaseline(store, state, former.baseline);
    const aptRoot = await openAptRoot(root);
    const host = hostKind(await hostFacts(aptRoot));
    const target = chooseTarget(stored.shares.targets, host, { name: former.target });
    requireHeld(stored, target.name, stored.remote ?? store.directory);
    const report = {
      from: { name: applied.baseline, digest: applied.digest },
      to: { name: former.baseline, digest: former.digest },
      root,
      store: store.directory,
      target: target.name,
      recovered,
      forward: forwardCommand(applied.baseline, { options, root, store, state }),
    };
    const admission = await admitStored(stored, { root, store, state, isRequired: true, dryRun, context });
    if (dryRun) {
      checkClock(stored.baseline, context.now());
      const setAside = await planSetAside(aptRoot, state.setAside);
      return { ...report, outcome: 'would-roll-back', setAside, newer: [], plan: null };
    }
    const { setAside, newer, plan } = await applyBaseline(stored, {
      ...{ store, aptRoot, target, admission, context, decisions: [] },
      action: 'rollback',
    });
    // A stage of a major upgrade that was begun is given up with it.
    await removeUpgradeGuard(root);
    if ((await readUpgradeJournal(store)) !== undefined) await removeUpgradeJournal(store);
    return { ...report, outcome: 'rolled-back', setAside, newer, plan };
  });
}

/**
 * Returns the command: `apply --from` with the store that has the baseline, this host's own or that of another host.
 */
function forwardCommand(
  baseline: string,
  { options, root, store, state }: { options: StoreOptions; root: string; store: Store; state: StoreState },
): string {
  const words = ['--from', valueOf(state.remotes, baseline) ?? store.directory, '--bundle', baseline];
  if (root !== '/') words.push('--root', root);
  if (options.store !== undefined) words.push('--store', store.directory);
  return ['pommgr apply', ...words.map(quoteForShell)].join(' ');
}

/** A rollback that was recorded. */
interface FinishedRollback {
  from: { name: string; digest: string };
  to: { name: string; digest: string };
  target: string;
}

/**
 * Detects a run that was killed when only the removal of its journal was left: another rollback would be a second step.
 */
async function findFinished(
  store: Store,
  recovered: Recovered | null,
): Promise<FinishedRollback | undefined> {
  if (recovered?.operation !== 'switch' || recovered.outcome !== 'finished') return undefined;
  const records = (await readAuditLog(store)).trimEnd().split('\n').map(readRecord);
  const last = records.pop();
  if (last?.action !== 'rollback') return undefined;
  const before = records.findLast(({ action }) => switching.includes(action));
  const [from, to] = [before, last].map((record) => ({
    name: record?.baseline ?? '',
    digest: record?.digest ?? '',
  }));
  return from === undefined || to === undefined ? undefined : { from, to, target: last.target ?? '' };
}

const switching = ['apply', 'rollback', 'pin', 'unpin', 'upgrade'];

function readRecord(line: string): AuditRecord {
  return parseDocument(line, { noun: 'audit-record', schema: auditRecordSchema }, 'the audit log');
}

async function finishedReport(
  { setAside }: StoreState,
  finished: FinishedRollback,
  {
    root,
    store,
    recovered,
    forward,
  }: { root: string; store: Store; recovered: Recovered | null; forward: string },
): Promise<RollbackReport> {
  const plan = await simulateUpgrade(await openAptRoot(root));
  const common = { ...finished, root, store: store.directory, recovered, forward };
  return { ...common, outcome: 'rolled-back', setAside, newer: [], plan };
}

function requireFormer({ applied, history }: StoreState): { applied: Applied; former: Former } {
  const former = history.at(-1);
  if (applied !== null && former !== undefined) return { applied, former };
  const what =
    applied === null
      ? 'No baseline is applied on this host.'
      : `No other baseline was applied before ${applied.baseline}.`;
  throw new PommgrError('state.no-earlier', what, {
    hints: [
      '"pommgr status" shows what is applied; "pommgr apply --media DIR --bundle NAME --allow-older" applies an older bundle.',
    ],
    details: { applied: applied?.baseline ?? null },
  });
}
