/**
 * What a reinstall would take from a host and a subscription key hangs on. The document is only ever kept encrypted by
 * age with a passphrase (adapters/identity-file.ts).
 */
import { z } from 'zod';
import { timeSchema } from '../../core/domain/time.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

/** Where files of a host's identity may lie; nothing else is ever written from such a document. */
export const identityPaths = [
  '/etc/machine-id',
  '/etc/network/interfaces',
  '/etc/pmg/subscription',
  '/etc/proxmox-backup/subscription',
  '/etc/subscription',
];
export const sshHostKeyPattern = /^\/etc\/ssh\/ssh_host_[a-z0-9_]+(?:\.pub)?$/;

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
