/** Defines a target: the mirrors of a baseline that one kind of host sees. */
import { z } from 'zod';
import { mirrorIdSchema } from '../../core/domain/names.ts';

export const productSchema = z.enum(['debian', 'pbs', 'pdm', 'pmg', 'pve']);
export type Product = z.infer<typeof productSchema>;

/** What a host must know of its target's closure; nothing in it names a host. */
const targetClosureSchema = z.strictObject({
  /** Packages, or tasks as `name^`, that can be installed on its hosts and on a bare system. Sorted. */
  install: z.array(z.string().min(1)),
  /** Whether packages that these recommend are included. */
  recommends: z.boolean(),
});

export const targetSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected lower-case letters, digits, . _ -'),
  /** Sorted mirror ids. */
  mirrors: z.array(mirrorIdSchema).min(1),
  /** Products that a host may have; `debian` is a host without any of Proxmox's. Sorted. */
  products: z.array(productSchema).min(1),
  /** VERSION_CODENAME of the host's os-release. */
  codename: z.string().min(1),
  /** Debian architectures, sorted. */
  architectures: z.array(z.string().min(1)).min(1),
  /** Mirrors whose suite is `NotAutomatic` and whose versions are nevertheless candidates. Sorted. */
  notAutomatic: z.array(mirrorIdSchema),
  /** Absent where the target sees its mirrors as a whole. */
  closure: targetClosureSchema.optional(),
});
export type Target = z.infer<typeof targetSchema>;

/** Returns the mirrors of which a baseline holds only closures: each of their targets has one. */
export function thinMirrors(targets: readonly Target[]): Set<string> {
  const whole = new Set(targets.flatMap(({ closure, mirrors }) => (closure === undefined ? mirrors : [])));
  const inClosures = targets.flatMap(({ closure, mirrors }) => (closure === undefined ? [] : mirrors));
  return new Set(inClosures.filter((id) => !whole.has(id)));
}
