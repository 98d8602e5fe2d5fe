/** Interprets the form of a subscription key, and masks keys for display. */
import { z } from 'zod';

export const serverIdSchema = z.string().regex(/^[0-9A-Fa-f]{32}$/, 'expected 32 hex digits');
/** `reseller`: bought through one, who renews it; `voucher`: came with hardware. */
export const keyOwnerSchema = z.enum(['own', 'reseller', 'voucher']);

export const subscriptionProductSchema = z.enum(['pbs', 'pmg', 'pve']);
/** A product whose hosts have a subscription key that is activated offline. */
export type SubscriptionProduct = z.infer<typeof subscriptionProductSchema>;

export const subscriptionPlanSchema = z.enum(['community', 'basic', 'standard', 'premium']);
export type SubscriptionPlan = z.infer<typeof subscriptionPlanSchema>;

export interface SubscriptionKeyShape {
  /** `pom`: the key of the mirror host itself, which is never activated offline. */
  product: SubscriptionProduct | 'pom';
  /** Null for a mirror's key, and for a letter that is none of the known plans'. */
  plan: SubscriptionPlan | null;
  /** CPU sockets that it covers; null for products that count none. */
  sockets: number | null;
  isArm: boolean;
}

const plans = new Map<string, SubscriptionPlan>([
  ['c', 'community'],
  ['b', 'basic'],
  ['s', 'standard'],
  ['p', 'premium'],
]);

/** Parses a key as POM and the products accept it; returns undefined for any other text. */
export function parseSubscriptionKey(key: string): SubscriptionKeyShape | undefined {
  if (/^pom-[A-Za-z0-9_-]+$/.test(key)) return { product: 'pom', plan: null, sockets: null, isArm: false };
  const [, kind, product = kind, sockets, letter = '', arm] =
    /^(?:(pve)(?=\d)|(pbs|pmg)(?=[a-z]))(\d{1,4})?([a-z])-(?!arm-$)(arm-)?[A-Za-z0-9_-]+$/.exec(key) ?? [];
  if (product === undefined || (product !== 'pve' && sockets !== undefined)) return undefined;
  return {
    product: product as SubscriptionProduct,
    plan: plans.get(letter) ?? null,
    sockets: sockets === undefined ? null : Number(sockets),
    isArm: arm !== undefined,
  };
}

/**
 * Returns whether the products accept a key of this form: PVE covers 1, 2, 4 or 8 sockets, and each has 10 hex digits.
 */
export function isKeyFormKnown(key: string): boolean {
  return /^(?:pve[1248][cbsp]-(?:arm-)?|pbs[cbsp]-|pmg[cbsp]-)[0-9a-f]{10}$/.test(key);
}

/**
 * Returns `pve4b-****9f3`: product, sockets and plan, and for a key of full length the last three characters, by which
 * its owner can distinguish it. The hidden part is too long to guess. Any other text becomes `****`.
 */
export function maskSubscriptionKey(key: string): string {
  const [, kind, secret = ''] = /^([a-z0-9]{3,8}-(?:arm-)?)([A-Za-z0-9_-]+)$/.exec(key) ?? [];
  if (kind === undefined || parseSubscriptionKey(key) === undefined) return '****';
  return `${kind}****${secret.length >= 10 ? secret.slice(-3) : ''}`;
}

/** Community and Basic: offline activation is an option that costs extra; Standard and Premium include it. */
export function isOfflineActivationExtra(plan: SubscriptionPlan | null): boolean {
  return plan === 'community' || plan === 'basic';
}
