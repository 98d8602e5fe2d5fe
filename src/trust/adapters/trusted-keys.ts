/**
 * Reads directories of trusted public keys, `*.pem`: signing keys in `<root>/etc/pommgr/trusted-keys.d`, receipt keys
 * of hosts in `<stateDir>/trusted-hosts.d`. A distrusted key stays there as `*.pem.distrusted`: no rotation brings it
 * back, only `trust` does. `<key id>.successor-of` names the key that a rotated one counts as.
 */
import { join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import { parsePublicKey, type SigningPublicKey } from '../domain/signing-key.ts';
import {
  listDirectory,
  makeDirectory,
  removeDurably,
  removeTemporaries,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { checkKeyDirectory, readKeyText } from './key-directory-access.ts';
import { readHostConfig } from '../../config/adapters/host-config.ts';
import { namedRoot, pathInRoot } from '../../core/adapters/root-paths.ts';

export interface TrustedKey extends SigningPublicKey {
  file: string;
  /** Fingerprint of the key that handed over to this one, where the key is trusted for that reason alone. */
  successorOf?: string;
}

export interface KeyDirectory {
  directory: string;
  keys: TrustedKey[];
  /** Fingerprints. */
  distrusted: string[];
}

/** The signing keys that a machine trusts, and how many different ones must have signed. */
export interface TrustedKeys extends KeyDirectory {
  threshold: number;
}

const trustedSuffix = '.pem';
const distrustedSuffix = '.pem.distrusted';
const successorSuffix = '.successor-of';

export function trustedKeysDirectory(root = '/'): string {
  return join(root, 'etc/pommgr/trusted-keys.d');
}

/**
 * Returns the same directory, with links of the root followed inside it.
 * @throws PommgrError `usage.root` where the root is no directory.
 */
export async function hostKeysDirectory(root?: string): Promise<string> {
  return pathInRoot(await namedRoot(root), trustedKeysDirectory('/'));
}

/** Returns where the online side keeps the receipt keys of the hosts that it trusts. */
export function trustedHostsDirectory(stateDir: string): string {
  return join(stateDir, 'trusted-hosts.d');
}

/**
 * Returns what the machine at `root` requires of a signature. @throws PommgrError as `readKeyDirectory`,
 * `config.invalid`.
 */
export async function readHostTrust(root = '/'): Promise<TrustedKeys> {
  const { signing } = await readHostConfig(root);
  return { ...(await readKeyDirectory(await hostKeysDirectory(root))), threshold: signing?.threshold ?? 1 };
}

/** Returns the same, but with the keys of these files, if any, instead of the machine's own. */
export async function chooseTrust(
  keyFiles: readonly string[],
  root: string | undefined,
): Promise<TrustedKeys> {
  const trusted = await readHostTrust(root);
  if (keyFiles.length === 0) return trusted;
  const keys: TrustedKey[] = [];
  for (const file of keyFiles) keys.push({ ...(await readPublicKeyFile(file)), file });
  return { ...trusted, keys };
}

/** @throws PommgrError `config.signing-key` when a file there is not a public Ed25519 key. */
export async function readKeyDirectory(directory: string): Promise<KeyDirectory> {
  const names = await listDirectory(directory);
  if (names.length > 0) await checkKeyDirectory(directory);
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

/**
 * Trusts a key from now on; returns false when it was already trusted. A mark of distrust is removed. A key that
 * `successorOf` handed over to counts as that key; one without counts for itself.
 */
export async function addTrustedKey(
  directory: string,
  key: SigningPublicKey,
  successorOf?: string,
): Promise<boolean> {
  const { keys } = await readKeyDirectory(directory);
  if (keys.some(({ fingerprint }) => fingerprint === key.fingerprint)) return false;
  await makeDirectory(directory);
  // The mark is removed first: a key whose mark is missing would count for itself.
  if (successorOf === undefined) await removeDurably(successorPath(directory, key.keyId));
  else await writeFileAtomic(successorPath(directory, key.keyId), `${successorOf}\n`);
  await writeFileAtomic(trustedPath(directory, key.keyId), key.pem);
  await removeDurably(distrustedPath(directory, key.keyId));
  return true;
}

/** Stops trusting a key; a rotation does not bring it back. */
export async function removeTrustedKey(directory: string, fingerprint: string): Promise<void> {
  const { keys } = await readKeyDirectory(directory);
  for (const key of keys.filter((trusted) => trusted.fingerprint === fingerprint)) {
    await renameDurably(key.file, distrustedPath(directory, key.keyId));
    await removeDurably(successorPath(directory, key.keyId));
  }
}

/** Removes temporary files that killed writes left among the keys. */
export async function removeKeyTemporaries(directory: string): Promise<void> {
  await removeTemporaries(
    directory,
    (name) => name.endsWith(trustedSuffix) || name.endsWith(successorSuffix),
  );
}

/**
 * Reads a public key from a file of the user's.
 * @throws PommgrError `config.signing-key` when it is none, or not there.
 */
export async function readPublicKeyFile(path: string): Promise<SigningPublicKey> {
  return parsePublicKey(await readText(path, { isTrusted: false }), path);
}

async function readText(path: string, options: { isTrusted: boolean }): Promise<string> {
  try {
    return await readKeyText(path, options);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new PommgrError('config.signing-key', `There is no file ${path}: expected a public key in PEM.`, {
      hints: ['"pommgr signing-key create" writes one, signing-key.pub.pem. Check the path.'],
      details: { file: path },
      cause: error,
    });
  }
}

/** @throws PommgrError `trust.no-keys` when the machine trusts none. */
export function requireTrustedKeys(trusted: KeyDirectory): void {
  if (trusted.keys.length > 0) return;
  throw new PommgrError(
    'trust.no-keys',
    `This machine trusts no signing key: there is none in ${trusted.directory}.`,
    {
      hints: [
        'Bring the public key (signing-key.pub.pem) from the online side by a way of its own, not on the medium.',
        'Then run "pommgr signing-key trust FILE" and compare the fingerprint it shows.',
        'A command that takes --key FILE can do without.',
      ],
      details: { directory: trusted.directory },
    },
  );
}

async function readKeys(directory: string, names: readonly string[]): Promise<TrustedKey[]> {
  const keys: TrustedKey[] = [];
  for (const name of names) {
    const file = join(directory, name);
    const key = parsePublicKey(await readText(file, { isTrusted: true }), file);
    const successorOf = await readSuccessorMark(successorPath(directory, key.keyId));
    keys.push({ ...key, file, ...(successorOf === undefined ? {} : { successorOf }) });
  }
  return keys;
}

async function readSuccessorMark(path: string): Promise<string | undefined> {
  try {
    return (await readKeyText(path, { isTrusted: true })).trim();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function trustedPath(directory: string, keyId: string): string {
  return join(directory, `${keyId}${trustedSuffix}`);
}

function distrustedPath(directory: string, keyId: string): string {
  return join(directory, `${keyId}${distrustedSuffix}`);
}

function successorPath(directory: string, keyId: string): string {
  return join(directory, `${keyId}${successorSuffix}`);
}
