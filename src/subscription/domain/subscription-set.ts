/**
 * Defines the subscriptions on a medium, `subscriptions/<time>/subscriptions.json`: which hosts, and which of their
 * signed infos are beside it. Invariant: it contains no subscription key.
 */
import { z } from 'zod';
import { compactTime, timeSchema } from '../../core/domain/time.ts';
import { objectFactSchema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import {
  keyOwnerSchema,
  serverIdSchema,
  subscriptionPlanSchema,
  subscriptionProductSchema,
} from '../../config/domain/subscription-key.ts';

export const subscriptionSetFileName = 'subscriptions.json';

const dateSchema = z.string().regex(/^\d{4}-\d\d-\d\d$/, 'expected a date like 2027-01-31');
/** A signed info on the medium: a file with POM's very bytes of it, encrypted to the host where its key is known. */
export const packedInfoSchema = z.strictObject({
  file: z.string().regex(/^infos\/\d{4}\.(json|age)$/),
  /** Facts of the file as it is on the medium. */
  ...objectFactSchema.shape,
  encryption: z.enum(['none', 'age']),
  /** Who can decrypt it; empty for `none`. Sorted. */
  recipients: z.array(z.string()),
  maskedKey: z.string(),
  plan: subscriptionPlanSchema.nullable(),
  sockets: z.int().nullable(),
  status: z.string(),
  checkTime: timeSchema,
  nextDueDate: dateSchema.nullable(),
  validUntil: timeSchema,
  serverId: serverIdSchema,
});
export type PackedInfo = z.infer<typeof packedInfoSchema>;

export const packedHostSchema = z.strictObject({
  name: z.string().min(1),
  product: subscriptionProductSchema,
  /** All IDs to which the host may answer. Sorted. */
  serverIds: z.array(serverIdSchema),
  /** Null where the config does not name the host (`subscription.include: all`). */
  owner: keyOwnerSchema.nullable(),
  contract: z.string().optional(),
  renewal: dateSchema.optional(),
  /** Empty if no usable key was available. The one that is valid longest comes first. */
  infos: z.array(packedInfoSchema),
});
export type PackedHost = z.infer<typeof packedHostSchema>;

export const subscriptionSetSchema = z.strictObject({
  schema: z.literal('pommgr/subscriptions/v1'),
  created: timeSchema,
  /** Date of the next planned visit; null where the config does not say. */
  nextVisit: dateSchema.nullable(),
  /** Sorted by name and product. */
  hosts: z.array(packedHostSchema),
});
export type SubscriptionSet = z.infer<typeof subscriptionSetSchema>;

export const subscriptionSetKind: DocumentKind<SubscriptionSet> = {
  noun: 'subscriptions',
  schema: subscriptionSetSchema,
};

/** The directory of a set made at that time; legal on FAT: `20261123T012824Z`. */
export function subscriptionSetName(created: string): string {
  return compactTime(created);
}

export function isSubscriptionSetName(name: string): boolean {
  return /^\d{8}T\d{6}Z$/.test(name);
}

/** Returns whether it is a file that may be in the directory of a set. */
export function isSubscriptionFileName(name: string): boolean {
  return /^(?:subscriptions\.json|infos\/\d{4}\.(?:json|age)|STEPS(?:\.ja)?\.(?:txt|html))$/.test(name);
}

/** Returns for each host the entry of the newest set that names it; `sets` come newest first. */
export function newestOfHosts<T extends { set: SubscriptionSet }>(
  sets: readonly T[],
): { host: PackedHost; from: T }[] {
  const seen = new Set<string>();
  return sets.flatMap((from) =>
    from.set.hosts.flatMap((host) => {
      const id = hostId(host);
      if (seen.has(id)) return [];
      seen.add(id);
      return [{ host, from }];
    }),
  );
}

/** Returns what distinguishes hosts: one machine may have several products. */
export function hostId({ name, product }: Pick<PackedHost, 'name' | 'product'>): string {
  return `${name} ${product}`;
}
