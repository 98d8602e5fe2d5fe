/** Defines what a baseline records of one mirror: what determines apt's view, and where the files came from. */
import { z } from 'zod';
import { fileFactSchema, objectFactSchema, sha256Schema } from '../../core/domain/digest.ts';
import { mirrorIdSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { archiveTypeSchema } from '../../apt/domain/apt-sources.ts';
import { filtersSchema } from '../../config/domain/mirror.ts';

/** The part of a mirror that determines apt's view. It contains no clock, URI, engine or signer. */
export const mirrorContentSchema = z.strictObject({
  id: mirrorIdSchema,
  types: z.array(archiveTypeSchema),
  suite: z.string(),
  components: z.array(z.string()),
  architectures: z.array(z.string()),
  filters: filtersSchema,
  release: z.strictObject({
    /** SHA-256 of the signed text: exactly the bytes that `gpgv --output` writes. */
    sha256: sha256Schema,
    origin: z.string(),
    label: z.string(),
    codename: z.string(),
    /** Null where upstream gives no date that apt can read. */
    date: timeSchema.nullable(),
    notAutomatic: z.boolean(),
    butAutomaticUpgrades: z.boolean(),
  }),
  /** Uncompressed `Packages` and `Sources`, paths relative to the Release file's directory, sorted by path. */
  indices: z.array(fileFactSchema),
  /**
   * This mirror's part of `packages.jsonl`: lines, bytes, digest; and the number of packages that the indices list and
   * the filters accept, but that a baseline cannot hold.
   */
  packages: z
    .strictObject({ count: z.int().nonnegative(), omitted: z.int().nonnegative() })
    .extend(objectFactSchema.shape),
});
export type MirrorContent = z.infer<typeof mirrorContentSchema>;

/** Where one mirror's files came from, and which files exist besides the packages. */
export const snapshotRecordSchema = z.strictObject({
  mirror: mirrorIdSchema,
  /** The snapshot's name in `<base-dir>/<mirror>/`. */
  snapshot: timeSchema,
  uri: z.string(),
  /** Fingerprints (40 or 64 upper-case hex digits) of the primary keys whose signature was good. Sorted. */
  signers: z.array(z.string().regex(/^[0-9A-F]{40,64}$/)).min(1),
  /** The certificates that verified it, as one binary keyring: `keyrings/<mirror>.gpg`. */
  keyring: objectFactSchema,
  /** The signed Release and the indices that hosts need; paths relative to the snapshot's directory, sorted. */
  files: z.array(fileFactSchema),
});
export type SnapshotRecord = z.infer<typeof snapshotRecordSchema>;

/** What a snapshot lacks although its mirror asks for it. */
export const incompletePartSchema = z.strictObject({
  mirror: mirrorIdSchema,
  kind: z.enum(['index', 'package']),
  /** Path of an index relative to its Release file, of a package to the snapshot. */
  name: z.string(),
});
export type IncompletePart = z.infer<typeof incompletePartSchema>;
