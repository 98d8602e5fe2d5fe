/** Implements `pommgr signing-key …`: the operator's private keys online, and the public keys that a machine trusts. */
import { dirname, join, resolve } from 'node:path';
import {
  entryExists,
  linkOnce,
  makeDirectory,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { keyPlaceOf, type KeySetting } from '../../config/domain/key-setting.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { installHostLauncher } from '../adapters/host-launcher.ts';
import {
  rotationsDirectoryName,
  createRotation,
  rotationFileName,
  rotationSignatureName,
} from '../domain/rotation.ts';
import {
  createSigningKey,
  keyExists,
  newPassphrase,
  openSigningKey,
  type AskPassphrase,
  type OfferPassphrase,
} from '../adapters/signing.ts';
import { approversDirectory, requireSeparate } from '../adapters/approver-keys.ts';
import { hostKeysDirectory, readKeyDirectory, readPublicKeyFile } from '../adapters/trusted-keys.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { publicKeyFileOf, withSuffix, type SigningPublicKey } from '../domain/signing-key.ts';
import { formatTime } from '../../core/domain/time.ts';
import {
  distrustKeyIn,
  listKeysIn,
  trustKeyIn,
  type TrustedKeysReport,
  type TrustReport,
} from './key-trust.ts';

export interface SigningKeyReport extends SigningPublicKey {
  privateKeyFile: string;
  /** File that has to be carried to every host. */
  publicKeyFile: string;
}

/** Selects the private key: a file, or else what the config names. */
export interface KeyChoice {
  configFile: string | undefined;
  keyFile?: string | undefined;
  /** Called where the environment has no passphrase. */
  askPassphrase?: AskPassphrase | undefined;
}

/** Creates a key pair, encrypted when there is a passphrase: the private half, and the public one beside it. */
export async function createKey({
  offerPassphrase,
  ...choice
}: Omit<KeyChoice, 'askPassphrase'> & { offerPassphrase?: OfferPassphrase | undefined }): Promise<
  SigningKeyReport & { isEncrypted: boolean }
> {
  const file = await chooseKeyFile(choice);
  if (await entryExists(file)) throw keyExists(file);
  const passphrase = await newPassphrase(file, offerPassphrase);
  await makeDirectory(dirname(file));
  const key = await createSigningKey(file, passphrase);
  return { ...(await writePublicKey(file, key)), isEncrypted: passphrase !== undefined };
}

/** Returns the public halves of the private keys. */
export async function showKeys(choice: KeyChoice): Promise<{ keys: SigningKeyReport[] }> {
  const keys: SigningKeyReport[] = [];
  for (const setting of await keySettings(choice)) {
    const { publicKey, isOutside } = await openSigningKey(setting, choice.askPassphrase);
    const place = keyPlaceOf(setting);
    const isNamed = typeof setting !== 'string';
    keys.push({
      ...publicKey,
      privateKeyFile: isNamed ? setting.command.join(' ') : place,
      publicKeyFile: isNamed || isOutside ? place : publicKeyFileOf(place),
    });
  }
  return { keys };
}

export interface RotationReport {
  from: { keyId: string; fingerprint: string; privateKeyFile: string };
  to: SigningKeyReport;
  /** File that `pack` copies to media; by it, a host that trusts the old key accepts the new one. */
  statementFile: string;
}

/**
 * Replaces a key in use by a new one and has the old one vouch for it. The old key stays, under a name with its id; one
 * that needs a passphrase gets a successor that needs the same. The next run finishes an interrupted one.
 */
export async function rotateKey(choice: KeyChoice & { context: Context }): Promise<RotationReport> {
  const privateKeyFile = await chooseKeyFile(choice);
  const old = await openSigningKey(privateKeyFile, choice.askPassphrase);
  if (old.isOutside) throw signedOutside(privateKeyFile);
  const next = `${privateKeyFile}.new`;
  const created = (await entryExists(next))
    ? (await openSigningKey(next, choice.askPassphrase)).publicKey
    : await createSigningKey(next, old.passphrase);
  const statement = canonicalJson(
    createRotation(old.publicKey, created, formatTime(choice.context.timestamp())),
  );
  const directory = join(dirname(privateKeyFile), rotationsDirectoryName);
  const statementFile = join(directory, rotationFileName(created.keyId));
  await makeDirectory(directory);
  await writeFileAtomic(statementFile, statement);
  await writeFileAtomic(
    join(directory, rotationSignatureName(created.keyId, old.publicKey.keyId)),
    await old.sign(Buffer.from(statement)),
  );
  const retired = withSuffix(privateKeyFile, `.${old.publicKey.keyId}.pem`);
  await linkOnce(privateKeyFile, retired);
  // Signatures of the old key must still be verifiable.
  await writePublicKey(retired, old.publicKey);
  const to = await writePublicKey(privateKeyFile, created);
  await renameDurably(next, privateKeyFile);
  const { keyId, fingerprint } = old.publicKey;
  return { from: { keyId, fingerprint, privateKeyFile: retired }, to, statementFile };
}

/** Whose keys are meant: those of signers, or of approvers. */
export interface KeyRole {
  root?: string | undefined;
  approver?: boolean;
}

async function keyDirectory({ root, approver = false }: KeyRole): Promise<string> {
  return approver ? approversDirectory(root) : hostKeysDirectory(root);
}

/** Returns the keys that the machine trusts in that role. */
export async function listKeys(role: KeyRole = {}): Promise<TrustedKeysReport> {
  return listKeysIn(await keyDirectory(role));
}

export interface HostTrustReport extends TrustReport {
  /** Path of the medium launcher as the host sees it, where it was installed or updated. */
  launcher: string | null;
}

/** Works like `trustKey`, and installs the medium launcher where it is wanted and possible. */
export async function trustKeyOnHost(
  file: string,
  { root, approver = false, withLauncher }: { root: string; approver?: boolean; withLauncher: boolean },
): Promise<HostTrustReport> {
  const report = await trustKeyAs(file, { root, approver });
  return { ...report, launcher: withLauncher ? await installHostLauncher(root) : null };
}

/** Trusts the public key in `file` as a signer's from now on. @throws PommgrError `trust.approver` */
export async function trustKey(file: string, root?: string): Promise<TrustReport> {
  return trustKeyAs(file, { root });
}

/** @throws PommgrError `trust.approver` for a key that has the other role already. */
async function trustKeyAs(file: string, { root, approver = false }: KeyRole): Promise<TrustReport> {
  const directory = await keyDirectory({ root, approver });
  const key = await readPublicKeyFile(file);
  requireSeparate(await readKeyDirectory(await keyDirectory({ root, approver: !approver })), [key]);
  return trustKeyIn(directory, key);
}

/**
 * Stops trusting a key; `id` is its id or its fingerprint.
 * @throws PommgrError `usage.signing-key` when no trusted key has it.
 */
export async function distrustKey(id: string, role: KeyRole = {}): Promise<TrustReport> {
  return distrustKeyIn(await keyDirectory(role), { id, code: 'usage.signing-key' });
}

async function keySettings({ configFile, keyFile }: KeyChoice): Promise<KeySetting[]> {
  return keyFile === undefined ? (await loadConfig(configFile)).signing.privateKeys : [resolve(keyFile)];
}

/** @throws PommgrError `usage.signing-key` when the config names several and none was chosen. */
async function chooseKeyFile(choice: KeyChoice): Promise<string> {
  const [file, ...others] = await keySettings(choice);
  if (typeof file === 'string' && others.length === 0) return file;
  if (file !== undefined && others.length === 0) throw signedOutside(keyPlaceOf(file));
  throw new PommgrError('usage.signing-key', 'The config names several private keys, expected one.', {
    hints: ['Name the one that is meant with --key FILE.'],
  });
}

function signedOutside(where: string): PommgrError {
  return new PommgrError(
    'usage.signing-key',
    `The key of ${where} is not in a file: a program signs for it.`,
    {
      hints: [
        'Make its successor where that key is kept, have every host trust it, and put it into signing.privateKeys.',
      ],
    },
  );
}

async function writePublicKey(privateKeyFile: string, key: SigningPublicKey): Promise<SigningKeyReport> {
  const publicKeyFile = publicKeyFileOf(privateKeyFile);
  await writeFileAtomic(publicKeyFile, key.pem);
  return { ...key, privateKeyFile, publicKeyFile };
}
