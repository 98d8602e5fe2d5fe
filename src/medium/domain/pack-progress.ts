/**
 * Records how far `pack` has got with a bundle that spans several media; kept until the last of its volumes is written.
 */
import { z } from 'zod';
import { bundleSchema } from './bundle.ts';

export const packProgressSchema = z.strictObject({
  schema: z.literal('pommgr/pack-progress/v1'),
  /** bundle.json as it is on every medium of the set. */
  document: bundleSchema,
  /** Volumes that are on a medium already. */
  done: z.array(z.string()),
});
export type PackProgress = z.infer<typeof packProgressSchema>;
