/** The bundle document `bundle.json`, which the signed root `SHA256SUMS` covers. */
import { z } from 'zod';
import { baselineNameSchema, timeSchema, trackSchema } from './baseline.ts';
import { objectFactSchema, sha256Schema } from './digest.ts';
import { targetSchema } from './target.ts';

/** FAT32's largest file, rounded down to a tar block (DESIGN.md, "Medium"). */
export const defaultVolumeSizeBytes = 4_294_966_784;

export const volumeSchema = z.strictObject({
  file: z.string().regex(/^vol-[0-9]{4}\.tar$/),
  sizeBytes: z.int().positive(),
  sha256: sha256Schema,
  /** Number of tar entries under `objects/`. */
  objects: z.int().nonnegative(),
});
export type Volume = z.infer<typeof volumeSchema>;

export const bundleSchema = z.strictObject({
  schema: z.literal('pommgr/bundle/v1'),
  track: trackSchema,
  sequence: z.int().positive(),
  baseline: z.strictObject({
    name: baselineNameSchema,
    /** The baseline's content digest. */
    digest: sha256Schema,
    /** Of `baseline.json` as a file. */
    file: objectFactSchema,
  }),
  /** Of `packages.jsonl`. */
  packages: objectFactSchema,
  /** A delta's base; null for a full bundle. */
  base: z.strictObject({ name: baselineNameSchema, digest: sha256Schema }).nullable(),
  targets: z.array(targetSchema).min(1),
  layout: z.enum(['volumes', 'pom']),
  volumes: z.array(volumeSchema),
  created: timeSchema,
});
export type Bundle = z.infer<typeof bundleSchema>;

/** The name of a bundle's directory on a medium: `<name>`, or `<name>-from-<base>` for a delta. */
export function bundleDirectoryName(bundle: Pick<Bundle, 'base'> & { baseline: { name: string } }): string {
  return bundle.base === null ? bundle.baseline.name : `${bundle.baseline.name}-from-${bundle.base.name}`;
}
