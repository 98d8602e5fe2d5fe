/**
 * What a reinstall would take from a host and a subscription key hangs on, as one encrypted document.
 * The format, version 1: the key is scrypt(passphrase, salt, N=2^17, r=8, p=1), 32 bytes; `ciphertext` is AES-256-GCM
 * of the canonical `host-identity-files` document, its 16-byte tag at the end; the additional data is the canonical
 * document without `ciphertext`. All bytes are in base64.
 */
import { z } from 'zod';
import { timeSchema } from './baseline.ts';
import { canonicalJson } from './canonical-json.ts';
import type { DocumentKind } from './document.ts';

/** The only parameters there are, so that a changed file cannot ask for more work or memory. */
export const scryptParameters = { cost: 131_072, blockSize: 8, parallelization: 1 } as const;

export const hostIdentitySchema = z.strictObject({
  schema: z.literal('pommgr/host-identity/v1'),
  created: timeSchema,
  hostName: z.string(),
  derivation: z.strictObject({
    name: z.literal('scrypt'),
    /** 16 bytes. */
    salt: z.base64(),
    cost: z.literal(scryptParameters.cost),
    blockSize: z.literal(scryptParameters.blockSize),
    parallelization: z.literal(scryptParameters.parallelization),
  }),
  /** `nonce`: 12 bytes. */
  cipher: z.strictObject({ name: z.literal('aes-256-gcm'), nonce: z.base64() }),
  ciphertext: z.base64(),
});
export type HostIdentity = z.infer<typeof hostIdentitySchema>;

export const hostIdentityKind: DocumentKind<HostIdentity> = {
  noun: 'host-identity',
  schema: hostIdentitySchema,
};

/** Where files of a host's identity may lie; nothing else is ever written from such a document. */
export const identityPaths = [
  '/etc/machine-id',
  '/etc/network/interfaces',
  '/etc/pmg/subscription',
  '/etc/proxmox-backup/subscription',
  '/etc/subscription',
];
export const sshHostKeyPattern = /^\/etc\/ssh\/ssh_host_[a-z0-9_]+(?:\.pub)?$/;

export const identityFilesSchema = z.strictObject({
  schema: z.literal('pommgr/host-identity-files/v1'),
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
export type IdentityFile = z.infer<typeof identityFilesSchema>['files'][number];

export const identityFilesKind: DocumentKind<z.infer<typeof identityFilesSchema>> = {
  noun: 'host-identity-files',
  schema: identityFilesSchema,
};

/** What the cipher covers beside the files. */
export function identityHead({ schema, created, hostName, derivation, cipher }: HostIdentity): string {
  return canonicalJson({ schema, created, hostName, derivation, cipher });
}
