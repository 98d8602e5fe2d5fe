/** Records which volumes of a bundle that spans several media a store has taken, until it has the last of them. */
import { z } from 'zod';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { volumeSchema } from '../../medium/domain/bundle.ts';
import { objectFactSchema, sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

const volumeName = volumeSchema.shape.file;

export const incomingSchema = z.strictObject({
  schema: z.literal('pommgr/incoming/v1'),
  started: timeSchema,
  /** Name of the bundle. */
  bundle: z.string(),
  baseline: baselineNameSchema,
  /** SHA-256 of its signed manifest, which every medium of the set carries. */
  root: sha256Schema,
  /** Names of all its volumes. */
  volumes: z.array(volumeName).min(1),
  taken: z.array(
    z.strictObject({
      file: volumeName,
      /**
       * Contents of the volume, in its order: in the first volume both documents come first. All of them are in the
       * pool.
       */
      objects: z.array(objectFactSchema),
    }),
  ),
});
export type Incoming = z.infer<typeof incomingSchema>;

export const incomingKind: DocumentKind<Incoming> = { noun: 'incoming', schema: incomingSchema };

/** Returns the names of the volumes that are still missing. */
export function missingVolumes({ volumes, taken }: Incoming): string[] {
  return volumes.filter((file) => !taken.some((volume) => volume.file === file));
}

/** Returns the phrase `site-1: vol-0003.tar is missing`, used wherever a store waits for media. */
export function waitingText({ bundle, missing }: { bundle: string; missing: readonly string[] }): string {
  return `${bundle}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} still to come, on another medium of its set`;
}
