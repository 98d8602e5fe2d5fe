/**
 * Defines the life cycle of a site: the days on which support, keys and contracts end, in one order. Invariant: an
 * event without a date says why in `note`, and is never left out.
 */
import { compareText } from '../../core/domain/canonical-json.ts';

export interface LifeCycleEvent {
  kind: LifeCycleKind;
  /** What ends, like `Proxmox VE 9`, or a masked key. */
  subject: string;
  /** `2026-08-31`: the last day; null where none is known. */
  date: string | null;
  /** What is known beside the date; empty for nothing. */
  note: string;
  /** Mirrors or hosts that are concerned. */
  concerns: string[];
  state: LifeCycleState;
}

/**
 * `subscription`: it is due; `subscription-info`: its signed info, for hosts without network, is valid until then;
 * `key-policy`: the day on which apt of Debian 13 begins to refuse a key for its algorithm.
 */
type LifeCycleKind =
  | 'release'
  | 'ceph'
  | 'subscription'
  | 'subscription-info'
  | 'contract'
  | 'signing-key'
  | 'upstream-key'
  | 'key-policy'
  | 'visit';

/** `visit`: it ends before the next visit. `soon`: it ends within half a year. */
export type LifeCycleState = 'past' | 'visit' | 'soon' | 'later' | 'undated';

const soonDays = 183;
const dayMilliseconds = 86_400_000;

/** The earliest first; undated events last. */
export function orderEvents(
  events: readonly Omit<LifeCycleEvent, 'state'>[],
  { today, nextVisit }: { today: string; nextVisit: string | null },
): LifeCycleEvent[] {
  return events
    .map((event) => ({ ...event, state: stateOf(event, { today, nextVisit }) }))
    .toSorted(
      (a, b) =>
        compareText(a.date ?? '9999', b.date ?? '9999') ||
        compareText(a.kind, b.kind) ||
        compareText(a.subject, b.subject),
    );
}

function stateOf(
  { kind, date }: Omit<LifeCycleEvent, 'state'>,
  { today, nextVisit }: { today: string; nextVisit: string | null },
): LifeCycleState {
  if (date === null) return 'undated';
  if (kind === 'visit') return 'later';
  if (date < today) return 'past';
  if (nextVisit !== null && date < nextVisit) return 'visit';
  return daysBetween(today, date) <= soonDays ? 'soon' : 'later';
}

/** Days from one date to another, `2026-08-31`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMilliseconds);
}
