/**
 * Completes a stage: sources that appeared meanwhile are set aside, the audit log records it, and the journal and the
 * guard are removed. Invariant: every step can be repeated.
 */
import { removeUpgradeGuard } from '../../apt/adapters/host-apt-files.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { admitStored } from '../../host/workflows/admit-approval.ts';
import { applyBaseline } from '../../host/workflows/apply-baseline.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import { readStoreState, writeStoreState } from '../../store/adapters/store.ts';
import { removeUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import type { SetAside } from '../../store/domain/store-state.ts';
import type { PlacedStage } from '../domain/position.ts';
import type { Upgrade } from './open-upgrade.ts';

/** Returns the sources that were set aside now. */
export async function finishStage(
  { stored, store, aptRoot, state, journal }: Upgrade,
  { target }: PlacedStage,
  context: Context,
): Promise<SetAside[]> {
  const { name, digest } = stored.baseline;
  const asking = { root: aptRoot.root, store, state, isRequired: true, dryRun: false, context };
  const { setAside } = await applyBaseline(stored, {
    ...{ store, aptRoot, target, context },
    admission: await admitStored(stored, asking),
    action: 'upgrade',
    decisions: [],
  });
  if (journal !== undefined) {
    const now = await readStoreState(store);
    const audit = await appendAudit(store, now.audit, {
      time: formatTime(context.timestamp()),
      user: auditUser(),
      action: 'upgraded',
      baseline: name,
      digest,
      target: target.name,
      decisions: [],
      ...(journal.accepted.length === 0 ? {} : { accepted: journal.accepted }),
    });
    await writeStoreState(store, { ...now, audit });
  }
  await removeUpgradeGuard(aptRoot.root);
  await removeUpgradeJournal(store);
  return setAside;
}
