/** Lists, trusts and distrusts public keys in a directory of trusted keys, of hosts or of operators. */
import { addTrustedKey, readKeyDirectory, removeTrustedKey } from '../adapters/trusted-keys.ts';
import { PommgrError, type ErrorCode } from '../../core/domain/errors.ts';
import type { SigningPublicKey } from '../domain/signing-key.ts';

export interface TrustedKeysReport {
  directory: string;
  keys: { keyId: string; fingerprint: string; file: string }[];
  /** Fingerprints of keys that no rotation can bring back. */
  distrusted: string[];
}

export interface TrustReport {
  outcome: 'trusted' | 'distrusted' | 'unchanged';
  keyId: string;
  fingerprint: string;
}

export async function listKeysIn(keyDirectory: string): Promise<TrustedKeysReport> {
  const { directory, keys, distrusted } = await readKeyDirectory(keyDirectory);
  return {
    directory,
    keys: keys.map(({ keyId, fingerprint, file }) => ({ keyId, fingerprint, file })),
    distrusted,
  };
}

export async function trustKeyIn(directory: string, key: SigningPublicKey): Promise<TrustReport> {
  const isNew = await addTrustedKey(directory, key);
  return { outcome: isNew ? 'trusted' : 'unchanged', keyId: key.keyId, fingerprint: key.fingerprint };
}

/**
 * Stops trusting a key; `id` is its id or its fingerprint.
 * @throws PommgrError `code` when no trusted key has it.
 */
export async function distrustKeyIn(
  directory: string,
  { id, code }: { id: string; code: ErrorCode },
): Promise<TrustReport> {
  const { keys } = await readKeyDirectory(directory);
  const key = keys.find(({ keyId, fingerprint }) => id === keyId || id === fingerprint);
  if (key === undefined) {
    const known = keys.map(({ keyId }) => keyId).join(', ');
    throw new PommgrError(code, `No key ${id} is trusted in ${directory}.`, {
      hints: [known === '' ? 'None is trusted there.' : `There are: ${known}.`],
      details: { id, directory },
    });
  }
  await removeTrustedKey(directory, key.fingerprint);
  return { outcome: 'distrusted', keyId: key.keyId, fingerprint: key.fingerprint };
}
