/**
 * The encrypted document with a host's identity: made, opened, found in its directory.
 * Invariant: it is for its owner only, and what it holds is never written anywhere but to its own place.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { join } from 'node:path';
import { canonicalJson } from '../domain/canonical-json.ts';
import { parseDocument } from '../domain/document.ts';
import { PommgrError } from '../domain/errors.ts';
import {
  hostIdentityKind,
  identityFilesKind,
  identityHead,
  scryptParameters,
  type HostIdentity,
  type IdentityFile,
} from '../domain/host-identity.ts';
import { listDirectory, makeDirectory } from './atomic-files.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const suffix = '.identity.json';
const tagBytes = 16;
/** Environment variable with the passphrase. */
const passphraseVariable = 'POMMGR_IDENTITY_PASSPHRASE';

export type AskIdentityPassphrase = (file: string) => Promise<string>;

/** The environment's passphrase, or what `ask` answers. @throws PommgrError `usage.passphrase` for an empty one. */
export async function identityPassphrase(file: string, ask: AskIdentityPassphrase): Promise<string> {
  const passphrase = process.env[passphraseVariable] ?? (await ask(file));
  if (passphrase !== '') return passphrase;
  throw new PommgrError('usage.passphrase', `The passphrase of ${file} is empty.`, {
    hints: [`Set ${passphraseVariable} to it.`],
  });
}

export function identityPath(directory: string, hostName: string): string {
  return join(directory, `${hostName === '' ? 'host' : hostName}${suffix}`);
}

/** Encrypts the files and writes the document with mode 0600; a directory that is made gets 0700. */
export async function writeIdentity(
  path: string,
  {
    passphrase,
    files,
    ...about
  }: { passphrase: string; files: readonly IdentityFile[] } & Pick<HostIdentity, 'created' | 'hostName'>,
): Promise<void> {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const document: HostIdentity = {
    schema: 'pommgr/host-identity/v1',
    ...about,
    derivation: { name: 'scrypt', salt: salt.toString('base64'), ...scryptParameters },
    cipher: { name: 'aes-256-gcm', nonce: nonce.toString('base64') },
    ciphertext: '',
  };
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(passphrase, salt), nonce);
  cipher.setAAD(Buffer.from(identityHead(document)));
  const text = canonicalJson({ schema: 'pommgr/host-identity-files/v1', files });
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  await makeDirectory(join(path, '..'), 0o700);
  await writeJsonFile(path, { ...document, ciphertext: bytes.toString('base64') }, 0o600);
}

/** @throws PommgrError `integrity.identity` for a wrong passphrase or a changed document, `config.*` for another file. */
export async function readIdentity(path: string, passphrase: string): Promise<IdentityFile[]> {
  const document = await readJsonFile(path, hostIdentityKind);
  const { derivation, cipher } = document;
  const key = await deriveKey(passphrase, Buffer.from(derivation.salt, 'base64'));
  const bytes = Buffer.from(document.ciphertext, 'base64');
  let text: string;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(cipher.nonce, 'base64'), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(identityHead(document)));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    text = Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new PommgrError(
      'integrity.identity',
      `${path} does not open: the passphrase is another one, or the file was changed.`,
      { hints: [`Check ${passphraseVariable}; else take a good copy of the file.`], cause: error },
    );
  }
  return parseDocument(text, identityFilesKind, path).files;
}

/**
 * The document of the host in a directory, or the only one there.
 * @throws PommgrError `usage.identity` when there is none, or several and none is the host's.
 */
export async function findIdentity(directory: string, hostName: string): Promise<string> {
  const names = (await listDirectory(directory)).filter((name) => name.endsWith(suffix));
  const own = identityPath(directory, hostName);
  const [only] = names;
  if (names.some((name) => join(directory, name) === own)) return own;
  if (only !== undefined && names.length === 1) return join(directory, only);
  throw new PommgrError(
    'usage.identity',
    names.length === 0
      ? `There is no saved identity in ${directory}: expected a file *${suffix}.`
      : `There is no saved identity of ${hostName} in ${directory}: found ${names.join(', ')}.`,
    { hints: ['Name a directory with one such file in it.'], details: { directory, found: names } },
  );
}

async function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  const { cost, blockSize, parallelization } = scryptParameters;
  // What scrypt needs (RFC 7914), and a little for its bookkeeping.
  const maxmem = 128 * blockSize * (cost + parallelization + 4);
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, { cost, blockSize, parallelization, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
