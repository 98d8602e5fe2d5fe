/** One package file of one mirror, as a line of `packages.jsonl` says it. */
import { z } from 'zod';
import { relativePathSchema, sha256Schema } from './digest.ts';
import { mirrorIdSchema } from './mirror.ts';

export const packageEntrySchema = z.strictObject({
  mirror: mirrorIdSchema,
  component: z.string(),
  name: z.string(),
  version: z.string(),
  /** `source` for a file of a source package. */
  architecture: z.string(),
  /** The `Source` field as upstream writes it, or the package's own name. */
  source: z.string(),
  /** Relative to the repository's base, as upstream's `Filename`. */
  filename: relativePathSchema,
  sizeBytes: z.int().nonnegative(),
  sha256: sha256Schema,
});
export type PackageEntry = z.infer<typeof packageEntrySchema>;
