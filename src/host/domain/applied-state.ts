/**
 * Computes the state of a store after a switch or a detach. Invariant: the rollback guard only ever rises, unless the
 * operator accepted a sequence number explicitly.
 */
import { valueOf, withValue } from '../../core/domain/named.ts';
import { emptyStoreState } from '../../store/domain/store-state.ts';
import type {
  Applied,
  AuditHead,
  Former,
  Pins,
  SetAside,
  StoreState,
} from '../../store/domain/store-state.ts';

export interface DoneSwitch {
  next: Applied;
  /** In addition to the files already set aside. */
  setAside: readonly SetAside[];
  pins: Pins | null;
  audit: AuditHead;
  /** `next` was the last entry of the history. */
  isRollback: boolean;
  /** The operator accepted the number of `next`, to which the guard is set. */
  acceptsSequence: boolean;
}

export function stateAfterSwitch(state: StoreState, done: DoneSwitch): StoreState {
  const { next, setAside, pins, audit } = done;
  return {
    ...state,
    lastNumber: next.number,
    applied: next,
    history: historyAfter(state, done),
    pins,
    highest: withValue(state.highest, next.track, highestAfter(state, done)),
    setAside: [...state.setAside, ...setAside],
    audit,
  };
}

function highestAfter({ highest }: StoreState, { next, acceptsSequence }: DoneSwitch): number {
  return acceptsSequence ? next.sequence : Math.max(next.sequence, valueOf(highest, next.track) ?? 0);
}

/** A repeated switch to the same baseline is not a step to go back to. */
function historyAfter({ applied, history }: StoreState, { next, isRollback }: DoneSwitch): Former[] {
  if (isRollback) return history.slice(0, -1);
  if (applied === null || (applied.baseline === next.baseline && applied.target === next.target)) {
    return history;
  }
  const { baseline, digest, track, sequence, target, since } = applied;
  return [...history, { baseline, digest, track, sequence, target, since }];
}

/** Known baselines stay in the state, so that an older one is still refused. */
export function stateAfterDetach(state: StoreState, audit: AuditHead): StoreState {
  const { applied, history, pins, setAside } = emptyStoreState;
  return { ...state, applied, history, pins, setAside, audit };
}
