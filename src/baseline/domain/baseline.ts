/**
 * Defines the baseline document: an immutable set of one snapshot for each mirror. Invariant: `digest` is the SHA-256
 * of the canonical `content` and depends on nothing else.
 */
import { z } from 'zod';
import { digestOf, objectFactSchema, sha256Schema } from '../../core/domain/digest.ts';
import { baselineNameSchema, trackSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import {
  incompletePartSchema,
  mirrorContentSchema,
  snapshotRecordSchema,
} from '../../mirror/domain/mirror-content.ts';
import { targetSchema } from '../../apt/domain/target.ts';
import { upgradeWaysSchema } from '../../apt/domain/upgrade-way.ts';

/** Sorted by mirror id, and by the names of targets and ways. */
export const baselineContentSchema = z.strictObject({
  mirrors: z.array(mirrorContentSchema).min(1),
  targets: z.array(targetSchema).min(1),
  upgrades: upgradeWaysSchema,
});
export type BaselineContent = z.infer<typeof baselineContentSchema>;

export const baselineSchema = z.strictObject({
  schema: z.literal('pommgr/baseline/v1'),
  name: baselineNameSchema,
  track: trackSchema,
  sequence: z.int().positive(),
  created: timeSchema,
  digest: sha256Schema,
  tool: z.strictObject({ name: z.literal('pommgr'), version: z.string() }),
  engine: z.strictObject({ name: z.enum(['builtin', 'pom']), version: z.string() }),
  content: baselineContentSchema,
  /** Facts of the whole `packages.jsonl`. */
  packages: objectFactSchema,
  /** Sorted by mirror. */
  snapshots: z.array(snapshotRecordSchema),
  /** Absent for a complete baseline. Made only where the config allows it; sorted by mirror, kind and name. */
  incomplete: z.array(incompletePartSchema).min(1).optional(),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** SHA-256 of the canonical content; `jq -cS .content baseline.json | sha256sum` gives the same. */
export function baselineDigest(content: BaselineContent): string {
  return digestOf(content);
}
