/** A target: the mirrors of a baseline that one kind of host sees. */
import { z } from 'zod';
import { mirrorIdSchema } from '../../core/domain/names.ts';

export const productSchema = z.enum(['debian', 'pbs', 'pdm', 'pmg', 'pve']);
export type Product = z.infer<typeof productSchema>;

/** What a host must know of the closure that its target's packages are, and nothing that names a host. */
const targetClosureSchema = z.strictObject({
  /** What can be installed on its hosts and on a bare system: packages, or tasks as `name^`. Sorted. */
  install: z.array(z.string().min(1)),
  /** Whether what these recommend is there too. */
  recommends: z.boolean(),
});

export const targetSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected lower-case letters, digits, . _ -'),
  /** Sorted mirror ids. */
  mirrors: z.array(mirrorIdSchema).min(1),
  /** The products a host may have; `debian` is a host with none of Proxmox's. Sorted. */
  products: z.array(productSchema).min(1),
  /** VERSION_CODENAME of the host's os-release. */
  codename: z.string().min(1),
  /** Debian architectures, sorted. */
  architectures: z.array(z.string().min(1)).min(1),
  /** Mirrors whose suite is `NotAutomatic` and whose versions are candidates all the same. Sorted. */
  notAutomatic: z.array(mirrorIdSchema),
  /** Absent where the target sees its mirrors whole. */
  closure: targetClosureSchema.optional(),
});
export type Target = z.infer<typeof targetSchema>;

/** The mirrors of which a baseline holds only closures: each of their targets has one. */
export function thinMirrors(targets: readonly Target[]): Set<string> {
  const whole = new Set(targets.flatMap(({ closure, mirrors }) => (closure === undefined ? mirrors : [])));
  const inClosures = targets.flatMap(({ closure, mirrors }) => (closure === undefined ? [] : mirrors));
  return new Set(inClosures.filter((id) => !whole.has(id)));
}
