/** Defines the saved files of a product's subscription, from before pommgr activated another. */
import { z } from 'zod';
import type { DocumentKind } from '../../core/domain/document.ts';
import { productTools, subscriptionFiles } from '../../subscription/domain/product-tool.ts';
import { subscriptionProductSchema } from '../../config/domain/subscription-key.ts';

/** Only these paths are ever written from such a document. */
const paths = Object.values(productTools).flatMap(subscriptionFiles);

export const keptSubscriptionSchema = z.strictObject({
  schema: z.literal('pommgr/kept-subscription/v1'),
  product: subscriptionProductSchema,
  files: z.array(
    z.strictObject({
      path: z.string().refine((path) => paths.includes(path), 'not a known path'),
      /** Null for a file that did not exist. */
      found: z
        .strictObject({
          mode: z.int().nonnegative().max(0o777),
          uid: z.int().nonnegative(),
          gid: z.int().nonnegative(),
          content: z.base64(),
        })
        .nullable(),
    }),
  ),
});
export type KeptSubscription = z.infer<typeof keptSubscriptionSchema>;

export const keptSubscriptionKind: DocumentKind<KeptSubscription> = {
  noun: 'kept-subscription',
  schema: keptSubscriptionSchema,
};
