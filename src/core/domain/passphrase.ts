/** What a new passphrase must be like. Existing files open with whatever they were encrypted with. */
import { PommgrError } from './errors.ts';

/** Characters. Whoever has the file can try passphrases without anybody noticing. */
export const minPassphraseLength = 10;

/** `file` is what it is for. @throws PommgrError `usage.passphrase` for one that is too short. */
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
