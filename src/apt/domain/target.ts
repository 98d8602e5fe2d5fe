/** A target: the mirrors of a baseline that one kind of host sees. */
import { z } from 'zod';
import { mirrorIdSchema } from '../../core/domain/names.ts';

export const productSchema = z.enum(['debian', 'pbs', 'pdm', 'pmg', 'pve']);
export type Product = z.infer<typeof productSchema>;

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
});
export type Target = z.infer<typeof targetSchema>;
