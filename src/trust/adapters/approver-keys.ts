/**
 * Finds a host's approvers: public keys in `<root>/etc/pommgr/approvers.d/*.pem`. Invariant: no key is an approver's and
 * a signer's at the same time.
 */
import { namedRoot, pathInRoot } from '../../core/adapters/root-paths.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { SigningPublicKey } from '../domain/signing-key.ts';
import type { KeyDirectory } from './trusted-keys.ts';

/** Returns the directory, with links of the root followed inside it. */
export async function approversDirectory(root?: string): Promise<string> {
  return pathInRoot(await namedRoot(root), '/etc/pommgr/approvers.d');
}

/** @throws PommgrError `trust.approver` where one of the keys is in the directory of the others. */
export function requireSeparate(
  { directory, keys: others }: Pick<KeyDirectory, 'directory' | 'keys'>,
  keys: readonly SigningPublicKey[],
): void {
  const both = keys.find(({ fingerprint }) => others.some((other) => other.fingerprint === fingerprint));
  if (both !== undefined) throw signerAndApprover(both, directory);
}

/** `where`: where the key was found, too. */
export function signerAndApprover({ keyId, fingerprint }: SigningPublicKey, where: string): PommgrError {
  return new PommgrError(
    'trust.approver',
    `The key ${keyId} would be a signer's and an approver's (${where}): nobody approves what the same key signed.`,
    {
      hints: [
        'Make another key for the approver: "pommgr signing-key create --key FILE". "pommgr signing-key distrust" takes one out of its directory.',
      ],
      details: { where, fingerprint },
    },
  );
}
