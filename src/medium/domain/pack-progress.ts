/** How far `pack` is with a bundle that goes onto several media, kept until the last of its volumes is written. */
import { z } from 'zod';
import { bundleSchema } from './bundle.ts';

export const packProgressSchema = z.strictObject({
  schema: z.literal('pommgr/pack-progress/v1'),
  /** The bundle.json of every medium of the set. */
  document: bundleSchema,
  /** Volumes that some medium has. */
  done: z.array(z.string()),
});
export type PackProgress = z.infer<typeof packProgressSchema>;
