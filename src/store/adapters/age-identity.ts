/**
 * Stores the host's own age key, `<store>/secrets/age-identity.txt`, in the form that age-keygen writes: only this host
 * can read what the online side encrypts to its recipient. Invariant: the secret half leaves the file only to decrypt.
 */
import { join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  linkOnce,
  pathExists,
  removeFile,
  temporaryBeside,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { makeSecrets, type Store } from './store.ts';

const maxIdentityBytes = 64 * 1024;

/** Returns the public half (`age1…`); the key is created on first use. @throws PommgrError `config.age-identity`. */
export async function ageRecipient(store: Store, { created }: { created: string }): Promise<string> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption');
  if (!(await pathExists(identityPath(store)))) {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    await writeOnce(store, `# created: ${created}\n# public key: ${recipient}\n${identity}\n`);
  }
  const [identity = ''] = await readAgeIdentities(store);
  try {
    return await identityToRecipient(identity);
  } catch {
    // The library's own message may quote the identity.
    throw damaged(store);
  }
}

/**
 * Returns the secret halves (`AGE-SECRET-KEY-1…`); none where no key was created yet. @throws PommgrError
 * `config.age-identity`.
 */
export async function readAgeIdentities(store: Store): Promise<string[]> {
  const path = identityPath(store);
  if (!(await pathExists(path))) return [];
  const lines = (await readPlainFile(path, maxIdentityBytes)).toString('utf8').split('\n');
  const identities = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length === 0) throw damaged(store);
  return identities;
}

/** When two runs create one at the same time, the first wins. */
async function writeOnce(store: Store, text: string): Promise<void> {
  const path = identityPath(store);
  await makeSecrets(store);
  const temporary = temporaryBeside(path);
  try {
    await writeFileAtomic(temporary, text, 0o600);
    await linkOnce(temporary, path);
  } finally {
    await removeFile(temporary);
  }
}

function identityPath(store: Store): string {
  return join(store.secrets, 'age-identity.txt');
}

function damaged(store: Store): PommgrError {
  return new PommgrError('config.age-identity', `${identityPath(store)} holds no age key: it is damaged.`, {
    hints: [
      'Put it back from a copy. Without it, remove it, run "pommgr host lock", and have the keys packed for the new lock.',
    ],
    details: { file: identityPath(store) },
  });
}
