/**
 * Defines the lock proof: for each host and job of a closure, apt plans the same with the thin baseline as with the
 * whole mirrors. It is beside the baseline and not part of its digest.
 */
import { z } from 'zod';
import type { DocumentKind } from '../../core/domain/document.ts';
import { sha256Schema } from '../../core/domain/digest.ts';

const countSchema = z.int().nonnegative();
const filesSchema = z.strictObject({ files: countSchema, sizeBytes: countSchema });

export const jobProofSchema = z.strictObject({
  /** `upgrade`, `autoremove`, `install NAME` or `restore`. */
  job: z.string(),
  /** `impossible`: apt cannot resolve the job, neither with the whole mirrors nor with the thin ones. */
  outcome: z.enum(['same', 'impossible']),
  /** SHA-256 of the canonical plan. */
  plan: sha256Schema,
  install: countSchema,
  upgrade: countSchema,
  remove: countSchema,
});
export type JobProof = z.infer<typeof jobProofSchema>;

/**
 * `impossible`: apt cannot resolve the upgrade. `removes`: it would remove a product. `keeps`: it would leave a product
 * in its old version. `ceph`: the host's Ceph is too old for the next release.
 */
const hindranceSchema = z.strictObject({
  kind: z.enum(['impossible', 'removes', 'keeps', 'ceph']),
  /** Packages as `name version`, sorted; empty for `impossible`. */
  packages: z.array(z.string()),
});
export type Hindrance = z.infer<typeof hindranceSchema>;

export const hostProofSchema = z.strictObject({
  /** Null for the bare system. */
  host: z.string().nullable(),
  /** SHA-256 of the lock's file; null for the bare system. */
  lock: sha256Schema.nullable(),
  architecture: z.string(),
  /** The target whose upgrade the plans start from; absent where they start from the lock itself. */
  after: z.string().optional(),
  /** What stands against this stage of a major upgrade; absent where nothing does. */
  hindrances: z.array(hindranceSchema).min(1).optional(),
  /** Packages of its closure. */
  packages: filesSchema,
  /** Installed packages that no mirror offers, as `name version`, sorted. */
  strangers: z.array(z.string()),
  /** Installed packages whose dependencies are not known. */
  unknownRelations: countSchema,
  jobs: z.array(jobProofSchema),
});
export type HostProof = z.infer<typeof hostProofSchema>;

export const targetProofSchema = z.strictObject({
  target: z.string(),
  /** Its place in the way of a major upgrade. */
  stage: z
    .strictObject({
      way: z.string(),
      number: z.int().positive(),
      kind: z.enum(['last', 'ceph', 'release']),
    })
    .optional(),
  /** Version of the apt that made the plans. */
  aptVersion: z.string(),
  /** Version of the apt that planned the change to this release, where it is another. */
  upgradeAptVersion: z.string().optional(),
  hosts: z.array(hostProofSchema),
  /** What the baseline holds for this target, and what its mirrors have. */
  thin: filesSchema,
  whole: filesSchema,
  /** Needed packages that a filter of a mirror leaves out, sorted. */
  filtered: z.array(z.string()),
});
export type TargetProof = z.infer<typeof targetProofSchema>;

export const lockProofSchema = z.strictObject({
  schema: z.literal('pommgr/lock-proof/v1'),
  /** Digest of the baseline that it is about. */
  baseline: sha256Schema,
  /** SHA-256 of the settings and locks that the closures were made from. */
  inputs: sha256Schema,
  targets: z.array(targetProofSchema).min(1),
});
export type LockProof = z.infer<typeof lockProofSchema>;

export const lockProofKind: DocumentKind<LockProof> = { noun: 'lock-proof', schema: lockProofSchema };
