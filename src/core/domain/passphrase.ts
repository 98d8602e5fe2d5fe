/** Sets the rules for a new passphrase. Existing files open with whatever passphrase they were encrypted with. */
import { PommgrError } from './errors.ts';

/** Minimum length in characters. Whoever has the file can try passphrases without being noticed. */
export const minPassphraseLength = 10;

/**
 * Checks a passphrase; `file` is the file that it protects. @throws PommgrError `usage.passphrase` for one that is too
 * short.
 */
export function checkNewPassphrase(passphrase: string, file: string): void {
  const { length } = Array.from(passphrase);
  if (length >= minPassphraseLength) return;
  const found = length === 0 ? 'none' : `${length}`;
  throw new PommgrError(
    'usage.passphrase',
    `The new passphrase of ${file} is too short: expected at least ${minPassphraseLength} characters, found ${found}.`,
    { hints: ['Take four or more words that have nothing to do with each other. Nothing was written.'] },
  );
}
