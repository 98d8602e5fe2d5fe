/**
 * Handles private Ed25519 keys in PKCS#8 files, and signatures: raw, 64 bytes, as `openssl pkeyutl -rawin` makes and
 * checks them. Invariant: a private key is written with mode 0600 and never read from a file that others may read.
 */
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/domain/config.ts';
import {
  completeKeyCommand,
  keyCommandSchema,
  type KeyCommand,
  type KeySetting,
} from '../../config/domain/key-setting.ts';
import { issuesText } from '../../core/domain/document.ts';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { openPlainFile } from '../../core/adapters/plain-file.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkNewPassphrase } from '../../core/domain/passphrase.ts';
import { describePublicKey, type SigningPublicKey } from '../domain/signing-key.ts';
import { linkOnce, removeDurably, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { commandSigner } from './command-key.ts';
import { readPublicKeyFile } from './trusted-keys.ts';

/** Environment variable with the passphrase of the private keys. */
const passphraseVariable = 'POMMGR_SIGNING_PASSPHRASE';

export interface SigningKey {
  publicKey: SigningPublicKey;
  /** Passphrase that opened the key; undefined for a key that needs none. */
  passphrase: string | undefined;
  /** Whether a program signs: the private key is not in a file of ours. */
  isOutside: boolean;
  /** Returns a raw Ed25519 signature, 64 bytes, which was checked with the public key. */
  sign(data: Uint8Array): Promise<Buffer>;
}

/** Called for a new key; returns undefined for a key without passphrase. */
export type OfferPassphrase = (keyFile: string) => Promise<string | undefined>;

/** Called only when a private key needs a passphrase and the environment has none. */
export type AskPassphrase = (keyFile: string) => Promise<string>;

/**
 * Creates a key pair and writes its private half, encrypted when there is a passphrase.
 * @throws PommgrError `state.exists` rather than overwrite anything, `usage.passphrase` for a short one.
 */
export async function createSigningKey(path: string, passphrase?: string): Promise<SigningPublicKey> {
  if (passphrase !== undefined) checkNewPassphrase(passphrase, path);
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  await writeNew(path, pem.toString());
  return describePublicKey(createPublicKey(privateKey));
}

/**
 * Opens a private key: a PEM file, or one that names a program which signs.
 * @throws PommgrError `config.signing-key` when it is missing, readable by others, no Ed25519 key, or encrypted with
 *   another passphrase.
 */
export async function openSigningKey(setting: KeySetting, ask?: AskPassphrase): Promise<SigningKey> {
  if (typeof setting !== 'string') return openCommandKey(setting);
  const path = setting;
  const pem = await readPrivate(path);
  if (!pem.includes('-----BEGIN')) return openCommandKey(await parseKeyCommand(pem, path));
  const passphrase = pem.includes('ENCRYPTED PRIVATE KEY') ? await askPassphrase(path, ask) : undefined;
  const key = decodeKey(pem, path, passphrase);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw badKey(`${path} holds a key of type ${key.asymmetricKeyType}, expected Ed25519.`, [
      'Make one with "pommgr signing-key create".',
    ]);
  }
  return {
    publicKey: describePublicKey(createPublicKey(key)),
    passphrase,
    isOutside: false,
    sign: (data) => Promise.resolve(sign(null, data, key)),
  };
}

/** The public key must be there; the program is run when something is to be signed. */
async function openCommandKey(setting: KeyCommand): Promise<SigningKey> {
  const publicKey = await readPublicKeyFile(setting.publicKey);
  return { publicKey, passphrase: undefined, isOutside: true, sign: commandSigner(setting, publicKey) };
}

/** Parses a key file that names a program: YAML, with paths beside it. @throws PommgrError `config.signing-key` */
async function parseKeyCommand(text: string, path: string): Promise<KeyCommand> {
  const { parseYaml } = await import('../../config/domain/yaml-text.ts');
  const { value, problems } = parseYaml(text);
  const result = keyCommandSchema.safeParse(value);
  const [problem] = problems;
  if (problem === undefined && result.success) {
    return completeKeyCommand(result.data, (file) => resolve(dirname(path), file));
  }
  const why = problem?.message ?? (result.error === undefined ? 'it is empty' : issuesText(result.error));
  throw badKey(`${path} holds neither a private key in PEM nor a program that signs: ${why}.`, [
    'Make a key with "pommgr signing-key create", or write "command: [PROGRAM, …]" and "publicKey: FILE" into it.',
  ]);
}

/** Returns the passphrase for a new key: the environment's, or the answer of `ask`; undefined for a key without one. */
export async function newPassphrase(path: string, ask?: OfferPassphrase): Promise<string | undefined> {
  return process.env[passphraseVariable] ?? (await ask?.(path));
}

/** Writes the whole file or nothing, and never replaces another file. */
async function writeNew(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFileAtomic(temporary, text, 0o600);
  const isNew = await linkOnce(temporary, path);
  await removeDurably(temporary);
  if (!isNew) throw keyExists(path);
}

export function keyExists(path: string): PommgrError {
  return new PommgrError('state.exists', `${path} is there already; a private key is never overwritten.`, {
    hints: ['To replace a key in use, run "pommgr signing-key rotate". For another key, name another file.'],
    details: { file: path },
  });
}

async function readPrivate(path: string): Promise<string> {
  const { file } = await openPlainFile(path).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    throw badKey(`The signing key ${path} is missing.`, [
      'Make one with "pommgr signing-key create", or correct signing.privateKeys in the config.',
    ]);
  });
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      throw badKey(`The signing key ${path} has the mode ${found}: others may use it. Expected 0600.`, [
        `Run "chmod 600 ${path}". If others could read it, replace it with "pommgr signing-key rotate".`,
      ]);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function askPassphrase(path: string, ask: AskPassphrase | undefined): Promise<string> {
  const passphrase = process.env[passphraseVariable] ?? (await ask?.(path));
  if (passphrase !== undefined) return passphrase;
  throw badKey(`The signing key ${path} needs a passphrase.`, [`Set ${passphraseVariable} to it.`]);
}

function decodeKey(pem: string, path: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    throw passphrase === undefined
      ? badKey(`${path} holds no private key in PEM.`, ['Make one with "pommgr signing-key create".'], error)
      : badKey(
          `The passphrase does not open the signing key ${path}.`,
          [`Check ${passphraseVariable}.`],
          error,
        );
  }
}

function badKey(message: string, hints: string[], cause?: unknown): PommgrError {
  return new PommgrError('config.signing-key', message, { hints, cause });
}

/** Opens the private keys that the config names. */
export async function openKeys(
  { signing }: Config,
  askPassphrase: AskPassphrase | undefined,
): Promise<SigningKey[]> {
  const keys: SigningKey[] = [];
  for (const file of signing.privateKeys) keys.push(await openSigningKey(file, askPassphrase));
  return keys;
}
