/**
 * The public keys that a machine trusts: `<root>/etc/pommgr/trusted-keys.d/*.pem`.
 * A key that was distrusted stays there as `*.pem.distrusted`: no rotation brings it back, only `trust` does.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PommgrError } from '../domain/errors.ts';
import { parsePublicKey, type SigningPublicKey } from '../domain/signing-key.ts';
import {
  listDirectory,
  makeDirectory,
  removeDurably,
  removeTemporaries,
  renameDurably,
  writeFileAtomic,
} from './atomic-files.ts';

export interface TrustedKey extends SigningPublicKey {
  file: string;
}

export interface TrustedKeys {
  directory: string;
  keys: TrustedKey[];
  /** Fingerprints. */
  distrusted: string[];
}

const trustedSuffix = '.pem';
const distrustedSuffix = '.pem.distrusted';

export function trustedKeysDirectory(root = '/'): string {
  return join(root, 'etc/pommgr/trusted-keys.d');
}

/** @throws PommgrError `config.signing-key` when a file there is not a public Ed25519 key. */
export async function readTrustedKeys(directory: string): Promise<TrustedKeys> {
  const names = await listDirectory(directory);
  const keys = await readKeys(
    directory,
    names.filter((name) => name.endsWith(trustedSuffix)),
  );
  const distrusted = await readKeys(
    directory,
    names.filter((name) => name.endsWith(distrustedSuffix)),
  );
  return { directory, keys, distrusted: distrusted.map((key) => key.fingerprint) };
}

/** Trusts a key from now on; false when it was trusted already. A mark of distrust is taken away. */
export async function addTrustedKey(directory: string, key: SigningPublicKey): Promise<boolean> {
  const { keys } = await readTrustedKeys(directory);
  if (keys.some(({ fingerprint }) => fingerprint === key.fingerprint)) return false;
  await makeDirectory(directory);
  await writeFileAtomic(trustedPath(directory, key.keyId), key.pem);
  await removeDurably(distrustedPath(directory, key.keyId));
  return true;
}

/** Trusts a key no longer, and not again by a rotation. */
export async function removeTrustedKey(directory: string, fingerprint: string): Promise<void> {
  const { keys } = await readTrustedKeys(directory);
  for (const key of keys.filter((trusted) => trusted.fingerprint === fingerprint)) {
    await renameDurably(key.file, distrustedPath(directory, key.keyId));
  }
}

/** Removes what writes that were killed left among the keys. */
export async function removeKeyTemporaries(directory: string): Promise<void> {
  await removeTemporaries(directory, (name) => name.endsWith(trustedSuffix));
}

/**
 * A public key from a file of the user's.
 * @throws PommgrError `config.signing-key` when it is none.
 */
export async function readPublicKeyFile(path: string): Promise<SigningPublicKey> {
  return parsePublicKey(await readFile(path, 'utf8'), path);
}

/** @throws PommgrError `trust.no-keys` when the machine trusts none. */
export function requireTrustedKeys(trusted: TrustedKeys): void {
  if (trusted.keys.length > 0) return;
  throw new PommgrError(
    'trust.no-keys',
    `This machine trusts no signing key: there is none in ${trusted.directory}.`,
    {
      hints: [
        'Bring the public key (signing-key.pub.pem) from the online side by a way of its own, not on the medium.',
        'Then run "pommgr signing-key trust FILE" and compare the fingerprint it shows.',
      ],
      details: { directory: trusted.directory },
    },
  );
}

async function readKeys(directory: string, names: readonly string[]): Promise<TrustedKey[]> {
  const keys: TrustedKey[] = [];
  for (const name of names) {
    const file = join(directory, name);
    keys.push({ ...(await readPublicKeyFile(file)), file });
  }
  return keys;
}

function trustedPath(directory: string, keyId: string): string {
  return join(directory, `${keyId}${trustedSuffix}`);
}

function distrustedPath(directory: string, keyId: string): string {
  return join(directory, `${keyId}${distrustedSuffix}`);
}
