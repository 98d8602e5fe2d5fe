/** What `subscription activate` and `apply --activate` did, or would do. */
import type { Recovered } from './recovered.ts';
import type { ErrorCode } from '../../core/domain/errors.ts';
import type { SubscriptionPlan, SubscriptionProduct } from '../../config/domain/subscription-key.ts';

/** A subscription as it may be shown. */
export interface ShownSubscription {
  maskedKey: string;
  /** Null where the key's shape does not tell. */
  plan: SubscriptionPlan | null;
  sockets: number | null;
  /** Like `2027-01-31`. */
  nextDueDate: string | null;
  /** RFC 3339; null where nobody knows. */
  validUntil: string | null;
}

/** `kept`: the host's active key runs longer than the one that was brought. */
export type ActivationOutcome = 'activated' | 'would-activate' | 'unchanged' | 'kept' | 'failed';

export interface ProductActivation {
  product: SubscriptionProduct;
  outcome: ActivationOutcome;
  /** What the product itself says afterwards; in a dry run, now. Null where it did not answer. */
  status: string | null;
  /** The one that was chosen, or that is kept; null where none was. */
  subscription: ShownSubscription | null;
  /** Why it failed. */
  error: ActivationFailure | null;
}

export interface ActivationFailure {
  code: ErrorCode;
  message: string;
  hints: string[];
}

export interface ActivationReport {
  root: string;
  store: string;
  /** Null for what the store had kept. */
  media: string | null;
  products: ProductActivation[];
  /** What kept all of them from their turn. */
  error: ActivationFailure | null;
  /** What an earlier run had left. */
  recovered: Recovered | null;
}
