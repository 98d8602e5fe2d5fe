/**
 * Defines what a reinstallation would remove from a host, and what a restore does with each part: put back, or written
 * beside for people to compare. The document is only ever kept encrypted by age with a passphrase
 * (adapters/identity-file.ts).
 */
import { z } from 'zod';
import { timeSchema } from '../../core/domain/time.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

/**
 * `beside`: the host may need something else now, and a wrong file keeps it from booting or from joining its cluster.
 */
type Placement = 'put-back' | 'beside';

/** Proxmox VE's configuration, all of `/etc/pve` with its keys and passwords. */
export const clusterDatabasePath = '/var/lib/pve-cluster/config.db';

/** Permitted paths of a host's identity; no other path is ever written from such a document. */
const placements: ReadonlyMap<string, Placement> = new Map([
  ['/etc/fstab', 'beside'],
  ['/etc/hostname', 'put-back'],
  ['/etc/hosts', 'put-back'],
  ['/etc/machine-id', 'put-back'],
  ['/etc/network/interfaces', 'put-back'],
  ['/etc/pmg/subscription', 'put-back'],
  ['/etc/proxmox-backup/subscription', 'put-back'],
  ['/etc/pve/storage.cfg', 'beside'],
  ['/etc/resolv.conf', 'put-back'],
  ['/etc/subscription', 'put-back'],
  [clusterDatabasePath, 'beside'],
]);

export const identityPaths: readonly string[] = [...placements.keys()];
export const sshHostKeyPattern = /^\/etc\/ssh\/ssh_host_[a-z0-9_]+(?:\.pub)?$/;

/** Directory on the host, only for root, in which files are written beside under their own paths. */
export const besideDirectory = '/root/pommgr-identity';

export function placementOf(path: string): Placement {
  return placements.get(path) ?? 'put-back';
}

/** Where a file goes that is laid beside. */
export function besidePath(path: string): string {
  return `${besideDirectory}${path}`;
}

export const hostIdentitySchema = z.strictObject({
  schema: z.literal('pommgr/host-identity/v1'),
  created: timeSchema,
  hostName: z.string(),
  files: z.array(
    z.strictObject({
      path: z
        .string()
        .refine((path) => identityPaths.includes(path) || sshHostKeyPattern.test(path), 'not a known path'),
      mode: z.int().nonnegative().max(0o777),
      uid: z.int().nonnegative(),
      gid: z.int().nonnegative(),
      content: z.base64(),
    }),
  ),
});
export type HostIdentity = z.infer<typeof hostIdentitySchema>;
export type IdentityFile = HostIdentity['files'][number];

export const hostIdentityKind: DocumentKind<HostIdentity> = {
  noun: 'host-identity',
  schema: hostIdentitySchema,
};
