/**
 * What a reinstall would take from a host, and what a restore does with each part of it: put back, or laid beside for
 * people to compare. The document is only ever kept encrypted by age with a passphrase (adapters/identity-file.ts).
 */
import { z } from 'zod';
import { timeSchema } from '../../core/domain/time.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

/** `beside`: the host as it is now may need something else, and a wrong one keeps it from starting or from its cluster. */
type Placement = 'put-back' | 'beside';

/** Proxmox VE's configuration, all of `/etc/pve` with its keys and passwords. */
export const clusterDatabasePath = '/var/lib/pve-cluster/config.db';

/** Where files of a host's identity may lie; nothing else is ever written from such a document. */
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

/** Directory of the host, for root only, in which files are laid beside under their own paths. */
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
