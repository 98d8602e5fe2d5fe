/**
 * Defines the report of `pommgr subscription status`. Invariant: a key appears in clear only where that was requested.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { SubscriptionHost } from '../../config/domain/site.ts';
import type { SubscriptionProblem } from './subscription-judgement.ts';
import type { SubscriptionKeyShape, SubscriptionPlan } from '../../config/domain/subscription-key.ts';

export interface SubscriptionReport {
  /** True if no key is invalid or unsigned, none expires within `warnDays`, and no host lacks one. */
  isGood: boolean;
  warnDays: number;
  /** Sorted by host, product and key. */
  subscriptions: SubscriptionEntry[];
}

export interface SubscriptionEntry {
  /** POM online; a medium's `subscriptions/`, or POM's own `.mirror-state` on it. */
  from: 'pom' | 'medium' | 'mirror-state';
  /** Null for a key that no host of the config has. */
  host: string | null;
  owner: SubscriptionHost['owner'] | null;
  contract: string | null;
  /** Date on which the contract is renewed. */
  renewal: string | null;
  /** Null for a host without a key. */
  maskedKey: string | null;
  /** In clear; only where it was asked for. */
  key?: string;
  /** Null for a key of no known shape. */
  product: SubscriptionKeyShape['product'] | null;
  plan: SubscriptionPlan | null;
  sockets: number | null;
  /** Whether its plan has offline activation only as an option. */
  isActivationExtra: boolean;
  serverIds: string[];
  status: string | null;
  /** `packed`: encrypted; it was good when it was packed. `mirror`: the mirror's own key needs none. */
  signature: 'good' | 'bad' | 'none' | 'unchecked' | 'packed' | 'mirror';
  /** RFC 3339. */
  checkTime: string | null;
  nextDueDate: string | null;
  validUntil: string | null;
  daysLeft: number | null;
  /** `care`: it works now, but something has to be done. `unchecked`: its signature could not be checked here. */
  verdict: 'good' | 'care' | 'unchecked' | 'bad';
  problems: SubscriptionProblem[];
}

export function createReport(entries: readonly SubscriptionEntry[], warnDays: number): SubscriptionReport {
  const order = (entry: SubscriptionEntry): string =>
    [entry.host ?? '\uFFFF', entry.product ?? '', entry.maskedKey ?? '', entry.from].join('\0');
  return {
    isGood: entries.every(({ verdict }) => verdict === 'good'),
    warnDays,
    subscriptions: entries.toSorted((a, b) => compareText(order(a), order(b))),
  };
}
