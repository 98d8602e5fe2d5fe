/**
 * Encrypts and decrypts the age format (age-encryption.org/v1): texts that only the holder of an identity, or of a
 * passphrase, can read.
 */
import type { Decrypter } from 'age-encryption';
import { PommgrError } from '../../core/domain/errors.ts';

/** Encrypts; `recipients` are public: `age1…`. @throws PommgrError `config.age-recipient` for an invalid one. */
export async function encryptToRecipients(
  plaintext: Uint8Array,
  recipients: readonly string[],
): Promise<Buffer> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new PommgrError('config.age-recipient', `"${recipient}" is not an age recipient.`, {
        hints: ['Expected the ageRecipient of a host lock: "age1" and 58 letters and digits.'],
        cause: error,
      });
    }
  }
  return Buffer.from(await encrypter.encrypt(plaintext));
}

/**
 * Returns undefined when the text was encrypted to none of the identities (`AGE-SECRET-KEY-1…`, secret).
 * @throws PommgrError `integrity.encrypted` for bytes that are no such file or were changed, `config.age-identity`.
 */
export async function decryptWithIdentities(
  file: Uint8Array,
  { identities, where }: { identities: readonly string[]; where: string },
): Promise<Buffer | undefined> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  addIdentities(decrypter, identities);
  try {
    return Buffer.from(await decrypter.decrypt(file));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) return undefined;
    throw new PommgrError('integrity.encrypted', `${where} cannot be decrypted: it is damaged.`, {
      hints: ['Pack the subscriptions again on the online side.'],
      details: { file: where },
      cause: error,
    });
  }
}

/** The result can be read by `age -d`, too. The work factor costs 128 MiB for each attempt at a passphrase. */
export async function encryptWithPassphrase(plaintext: Uint8Array, passphrase: string): Promise<Buffer> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(17);
  return Buffer.from(await encrypter.encrypt(plaintext));
}

/** Returns undefined where the passphrase is wrong or the file was changed; the two cannot be distinguished. */
export async function decryptWithPassphrase(
  file: Uint8Array,
  passphrase: string,
): Promise<Buffer | undefined> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return Buffer.from(await decrypter.decrypt(file));
  } catch {
    return undefined;
  }
}

function addIdentities(decrypter: Decrypter, identities: readonly string[]): void {
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    // The library's own message quotes the identity.
    throw new PommgrError('config.age-identity', "The host's age identity is not one: it is damaged.", {
      hints: ['Expected "AGE-SECRET-KEY-1" and 58 letters and digits.'],
    });
  }
}
