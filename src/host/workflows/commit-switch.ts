/**
 * Completes a switch of apt's sources: the store's state and the audit log record what apt sees, or everything is
 * undone.
 */
import type { Admission } from '../../approval/workflows/admit-bundle.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import { readStoreState, writeStoreState } from '../../store/adapters/store.ts';
import { formatTime } from '../../core/domain/time.ts';
import { stateAfterSwitch } from '../domain/applied-state.ts';
import { hasGaps, type Gaps } from '../domain/gaps.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Decision } from '../../store/domain/store-state.ts';
import type { PrepareOptions } from './prepare-sources.ts';
import { isCommitted } from './recover.ts';
import { undoSwitch, type Switch } from './switch-sources.ts';

/** Entry about a switch in the state and the audit log. */
export interface SwitchRecord {
  action: 'apply' | 'rollback' | 'pin' | 'unpin' | 'upgrade';
  decisions: readonly Decision[];
  acceptGaps?: boolean;
  /** Findings that the operator accepted, by id. */
  accepted?: readonly string[];
  pins: PrepareOptions['pins'];
  gaps: Gaps;
  admission: Admission;
  context: Context;
}

export async function commitSwitch({ store, operation }: Switch, about: SwitchRecord): Promise<void> {
  const { action, decisions, acceptGaps, accepted = [], context, pins, gaps, admission } = about;
  const isGapAccepted = acceptGaps === true && hasGaps(gaps);
  const state = await readStoreState(store);
  const { next, setAside } = operation;
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.timestamp()),
    user: auditUser(),
    action,
    baseline: next.baseline,
    digest: next.digest,
    target: next.target,
    ...approvedBy(admission),
    decisions: isGapAccepted ? [...decisions, 'accept-gaps'] : [...decisions],
    ...(accepted.length === 0 ? {} : { accepted: [...accepted] }),
  });
  const kept = pins === null ? null : { scope: pins.scope, baseline: pins.baseline };
  await writeStoreState(
    store,
    stateAfterSwitch(state, {
      ...{ next, setAside, audit },
      pins: kept,
      isRollback: action === 'rollback',
      acceptsSequence: decisions.includes('accept-sequence'),
    }),
  );
}

/** Nothing for a host that requires no approval. */
function approvedBy({ threshold, approvals }: Admission): { approvedBy?: string[] } {
  return threshold === null ? {} : { approvedBy: approvals.map(({ approver }) => approver).toSorted() };
}

export async function undoUnlessCommitted(change: Switch): Promise<'undone' | 'committed'> {
  const state = await readStoreState(change.store);
  if (isCommitted(state, change.operation)) return 'committed';
  await undoSwitch(change, state);
  return 'undone';
}
