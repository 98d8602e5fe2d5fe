/** Defines the report of `subscription activate` and `apply --activate`. */
import type { Recovered } from './recovered.ts';
import type { ErrorCode } from '../../core/domain/errors.ts';
import type { SubscriptionPlan, SubscriptionProduct } from '../../config/domain/subscription-key.ts';

/** A subscription in a form that may be shown. */
export interface ShownSubscription {
  maskedKey: string;
  /** Null where the key's form does not reveal it. */
  plan: SubscriptionPlan | null;
  sockets: number | null;
  /** Like `2027-01-31`. */
  nextDueDate: string | null;
  /** RFC 3339; null where it is unknown. */
  validUntil: string | null;
}

/** `kept`: the host's active key runs longer than the new one. */
export type ActivationOutcome = 'activated' | 'would-activate' | 'unchanged' | 'kept' | 'failed';

export interface ProductActivation {
  product: SubscriptionProduct;
  outcome: ActivationOutcome;
  /** Status that the product itself reports afterwards; in a dry run, now. Null where it did not answer. */
  status: string | null;
  /** The subscription that was chosen or kept; null where there is none. */
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
  /** Error that prevented all products from being processed. */
  error: ActivationFailure | null;
  /** What an earlier run had left unfinished. */
  recovered: Recovered | null;
}
