/**
 * Handles the file with a host's identity, encrypted by age with a passphrase: creates it, opens it, finds it in its
 * directory. Invariant: only its owner can read it, and its contents are never written anywhere but to their own paths.
 */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { dirname, join } from 'node:path';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkNewPassphrase } from '../../core/domain/passphrase.ts';
import { hostIdentityKind, type HostIdentity, type IdentityFile } from '../domain/host-identity.ts';
import { decryptWithPassphrase, encryptWithPassphrase } from '../../trust/adapters/age-encryption.ts';
import { listDirectory, makeDirectory, writeFileAtomic } from '../../core/adapters/atomic-files.ts';

const suffix = '.identity.age';
/** Environment variable with the passphrase. */
const passphraseVariable = 'POMMGR_IDENTITY_PASSPHRASE';

export type AskIdentityPassphrase = (file: string) => Promise<string>;

/**
 * Returns the environment's passphrase, or the answer of `ask`. @throws PommgrError `usage.passphrase` for an empty
 * one.
 */
export async function identityPassphrase(file: string, ask: AskIdentityPassphrase): Promise<string> {
  const passphrase = process.env[passphraseVariable] ?? (await ask(file));
  if (passphrase !== '') return passphrase;
  throw new PommgrError('usage.passphrase', `The passphrase of ${file} is empty.`, {
    hints: [`Set ${passphraseVariable} to it.`],
  });
}

/** For an identity that is about to be saved. @throws PommgrError `usage.passphrase` for a short one. */
export async function newIdentityPassphrase(file: string, ask: AskIdentityPassphrase): Promise<string> {
  const passphrase = process.env[passphraseVariable] ?? (await ask(file));
  checkNewPassphrase(passphrase, file);
  return passphrase;
}

export function identityPath(directory: string, hostName: string): string {
  return join(directory, `${hostName === '' ? 'host' : hostName}${suffix}`);
}

/** Encrypts the files and writes them with mode 0600; a new directory gets 0700. */
export async function writeIdentity(
  path: string,
  { passphrase, ...identity }: { passphrase: string } & Omit<HostIdentity, 'schema'>,
): Promise<void> {
  const document: HostIdentity = { schema: 'pommgr/host-identity/v1', ...identity };
  const encrypted = await encryptWithPassphrase(Buffer.from(canonicalJson(document)), passphrase);
  await makeDirectory(dirname(path), 0o700);
  await writeFileAtomic(path, encrypted, 0o600);
}

/** @throws PommgrError `integrity.identity` for a wrong passphrase or a changed file, `config.*` for other contents. */
export async function readIdentity(path: string, passphrase: string): Promise<IdentityFile[]> {
  const text = await decryptWithPassphrase(await readPlainFile(path), passphrase);
  if (text !== undefined) return parseDocument(text.toString('utf8'), hostIdentityKind, path).files;
  throw new PommgrError(
    'integrity.identity',
    `${path} does not open: the passphrase is another one, or the file was changed.`,
    {
      hints: [
        `Check ${passphraseVariable}, and try "age -d ${path}", which asks for the same passphrase; else take a good copy of the file.`,
      ],
    },
  );
}

/**
 * The file of the host in a directory, or the only one there.
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
