/**
 * The baseline document: an immutable set of one snapshot for each mirror.
 * Invariant: `digest` is the SHA-256 of the canonical `content` and depends on nothing else (DESIGN.md, "Files").
 */
import { z } from 'zod';
import { digestOf, fileFactSchema, objectFactSchema, sha256Schema } from '../../core/domain/digest.ts';
import { archiveTypeSchema, filtersSchema, mirrorIdSchema } from '../../config/domain/mirror.ts';
import { targetSchema } from '../../apt/domain/target.ts';

export const trackSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'expected lower-case letters, digits, dots and hyphens');
export const baselineNameSchema = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}-[1-9][0-9]{0,8}$/);
/** RFC 3339 UTC, whole seconds, e.g. `2026-11-22T19:23:46Z`; also the name of a snapshot. */
export const timeSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'expected RFC 3339 UTC');

/** What of a mirror decides what apt sees. No clock, URI, engine or signer. */
export const mirrorContentSchema = z.strictObject({
  id: mirrorIdSchema,
  types: z.array(archiveTypeSchema),
  suite: z.string(),
  components: z.array(z.string()),
  architectures: z.array(z.string()),
  filters: filtersSchema,
  release: z.strictObject({
    /** Of the signed text, exactly the bytes that `gpgv --output` writes. */
    sha256: sha256Schema,
    origin: z.string(),
    label: z.string(),
    codename: z.string(),
    date: timeSchema,
    notAutomatic: z.boolean(),
    butAutomaticUpgrades: z.boolean(),
  }),
  /** Uncompressed `Packages` and `Sources`, paths relative to `dists/<suite>/`, sorted by path. */
  indices: z.array(fileFactSchema),
  /** This mirror's part of `packages.jsonl`: lines, bytes, digest. */
  packages: z.strictObject({ count: z.int().nonnegative() }).extend(objectFactSchema.shape),
});
export type MirrorContent = z.infer<typeof mirrorContentSchema>;

/** Sorted by mirror id and by target name. */
export const baselineContentSchema = z.strictObject({
  mirrors: z.array(mirrorContentSchema).min(1),
  targets: z.array(targetSchema).min(1),
});
export type BaselineContent = z.infer<typeof baselineContentSchema>;

/** Where one mirror's files came from and which there are beside the packages. */
export const snapshotRecordSchema = z.strictObject({
  mirror: mirrorIdSchema,
  /** The snapshot's name in `<base-dir>/<mirror>/`. */
  snapshot: timeSchema,
  uri: z.string(),
  /** Fingerprints (40 or 64 upper-case hex digits) of the primary keys whose signature was good. Sorted. */
  signers: z.array(z.string().regex(/^[0-9A-F]{40,64}$/)).min(1),
  /** The certificates that verified it, as one binary keyring: `keyrings/<mirror>.gpg`. */
  keyring: objectFactSchema,
  /** Every file under `dists/` that hosts need; paths relative to the snapshot's directory, sorted. */
  files: z.array(fileFactSchema),
});
export type SnapshotRecord = z.infer<typeof snapshotRecordSchema>;

/** What a snapshot lacks although its mirror asks for it. */
export const incompletePartSchema = z.strictObject({
  mirror: mirrorIdSchema,
  kind: z.enum(['component', 'architecture', 'index', 'package']),
  /** Of a component or architecture; path of an index relative to its suite, of a package to the snapshot. */
  name: z.string(),
});
export type IncompletePart = z.infer<typeof incompletePartSchema>;

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
  /** Of the whole `packages.jsonl`. */
  packages: objectFactSchema,
  /** Sorted by mirror. */
  snapshots: z.array(snapshotRecordSchema),
  /** Absent for a complete baseline. Made only where the config allows it; sorted by mirror, kind and name. */
  incomplete: z.array(incompletePartSchema).min(1).optional(),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** `<track>-<sequence>` */
export function baselineName(track: string, sequence: number): string {
  return `${track}-${sequence}`;
}

/** SHA-256 of the canonical content; `jq -cS .content baseline.json | sha256sum` gives the same. */
export function baselineDigest(content: BaselineContent): string {
  return digestOf(content);
}
