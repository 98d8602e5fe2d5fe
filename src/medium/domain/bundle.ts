/** Defines the bundle document `bundle.json`, which the signed manifest `SHA256SUMS` covers. */
import { z } from 'zod';
import { baselineNameSchema, trackSchema, mirrorIdSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { fileFactSchema, objectFactSchema, sha256Schema, type ObjectFact } from '../../core/domain/digest.ts';
import { extrasSchema } from '../../config/domain/extras.ts';
import { targetSchema } from '../../apt/domain/target.ts';
import { upgradeWaysSchema } from '../../apt/domain/upgrade-way.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';

/** Largest file on FAT32, rounded down to a tar block. */
export const defaultVolumeSizeBytes = 4_294_966_784;

export const volumeSchema = z.strictObject({
  file: z.string().regex(/^vol-[0-9]{4}\.tar$/),
  sizeBytes: z.int().positive(),
  sha256: sha256Schema,
  /** Number of tar entries under `objects/`. */
  objects: z.int().nonnegative(),
});
export type Volume = z.infer<typeof volumeSchema>;

/**
 * With layout `pom`: the directory `<mirror>/<snapshot>` of the medium, which POM filled and which holds nothing else.
 */
export const bundleSnapshotSchema = z.strictObject({
  mirror: mirrorIdSchema,
  snapshot: timeSchema,
  /** Number of regular files in it; each hard link counts. */
  files: z.int().nonnegative(),
  /** Total size. */
  sizeBytes: z.int().nonnegative(),
  /** Files that neither baseline.json nor packages.jsonl names; paths are relative to the directory, sorted. */
  others: z.array(fileFactSchema),
  /** Facts of `keyring-<mirror>.gpg` in the bundle. */
  keyring: objectFactSchema,
});
export type BundleSnapshot = z.infer<typeof bundleSnapshotSchema>;

/** An older baseline of the same track, and which of this baseline's objects a delta leaves to it. */
export const bundleBaseSchema = z.strictObject({
  name: baselineNameSchema,
  /** The base's content digest. */
  digest: sha256Schema,
  /** SHA-256 of the closure list that it travelled with; absent for a whole baseline. */
  closure: sha256Schema.optional(),
  /** Objects in none of the volumes; `sha256` covers their own sorted SHA-256, one on each line. */
  objects: z.strictObject({ count: z.int().nonnegative() }).extend(objectFactSchema.shape),
});
export type BundleBase = z.infer<typeof bundleBaseSchema>;

export const bundleSchema = z.strictObject({
  schema: z.literal('pommgr/bundle/v1'),
  track: trackSchema,
  sequence: z.int().positive(),
  baseline: z.strictObject({
    name: baselineNameSchema,
    /** The baseline's content digest. */
    digest: sha256Schema,
    /** Facts of `baseline.json` as a file. */
    file: objectFactSchema,
  }),
  /** Facts of `packages.jsonl`. */
  packages: objectFactSchema,
  /** A delta's base; null for a full bundle. */
  base: bundleBaseSchema.nullable(),
  targets: z.array(targetSchema).min(1),
  /** As the baseline has them. */
  upgrades: upgradeWaysSchema,
  layout: z.enum(['volumes', 'pom']),
  /** Only with layout `volumes`; else empty. */
  volumes: z.array(volumeSchema),
  /** With layout `volumes`: named objects that are not part of the baseline, sorted by name. */
  extras: extrasSchema,
  /** Facts of the closure list, which says what each thin target sees; absent where no target is thin. */
  closure: objectFactSchema.optional(),
  /** The lock proof of a closure: an object in the volumes that is not part of the baseline. */
  lockProof: objectFactSchema.optional(),
  /** Set where the volumes are on several media, each with this document and the manifest: one medium may lack some. */
  spread: z.literal(true).optional(),
  /** With layout `pom`, sorted by mirror; else absent. */
  snapshots: z.array(bundleSnapshotSchema).min(1).optional(),
  created: timeSchema,
});
export type Bundle = z.infer<typeof bundleSchema>;

/** Returns the name of a bundle's directory on a medium: `<name>`, or `<name>-from-<base>` for a delta. */
export function bundleDirectoryName(bundle: {
  baseline: { name: string };
  base: { name: string } | null;
}): string {
  return bundle.base === null ? bundle.baseline.name : `${bundle.baseline.name}-from-${bundle.base.name}`;
}

/** Returns the files beside bundle.json that a bundle's directory must hold, sorted by name. */
export function bundleFiles(bundle: Bundle): (ObjectFact & { file: string })[] {
  const list = bundle.closure === undefined ? [] : [{ file: closureListFileName, ...bundle.closure }];
  if (bundle.layout === 'volumes') return [...list, ...bundle.volumes];
  const keyrings = (bundle.snapshots ?? []).map(({ mirror, keyring }) => ({
    file: bundleKeyringName(mirror),
    ...keyring,
  }));
  return [
    { file: 'baseline.json', ...bundle.baseline.file },
    ...list,
    ...keyrings.toSorted((a, b) => compareText(a.file, b.file)),
    { file: 'packages.jsonl', ...bundle.packages },
  ];
}

/** Returns where a bundle of layout `pom` has a mirror's keyring. */
export function bundleKeyringName(mirror: string): string {
  return `keyring-${mirror}.gpg`;
}

/** Returns what is read of a bundle on a medium: whole volumes, or documents, keyrings and snapshots. */
export function bundleTotal(bundle: Bundle): { files: number; sizeBytes: number } {
  const files = bundleFiles(bundle).map(({ sizeBytes }) => ({ files: 1, sizeBytes }));
  const parts = [...files, ...(bundle.snapshots ?? [])];
  return {
    files: parts.reduce((sum, part) => sum + part.files, 0),
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
  };
}
