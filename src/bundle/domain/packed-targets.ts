/**
 * Defines `targets.json` of a closure that was made for a bundle of a whole baseline: the targets as the bundle has
 * them.
 */
import { z } from 'zod';
import { targetSchema } from '../../apt/domain/target.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

export const packedTargetsSchema = z.strictObject({
  schema: z.literal('pommgr/packed-targets/v1'),
  targets: z.array(targetSchema).min(1),
});
export type PackedTargets = z.infer<typeof packedTargetsSchema>;

export const packedTargetsKind: DocumentKind<PackedTargets> = {
  noun: 'packed-targets',
  schema: packedTargetsSchema,
};
