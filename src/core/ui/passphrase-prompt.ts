/** Asks for a passphrase on the terminal, without showing it. */
import { PommgrError } from '../domain/errors.ts';
import { checkNewPassphrase, minPassphraseLength } from '../domain/passphrase.ts';
import { askTerminal } from './terminal-question.ts';

/** @throws PommgrError `usage.passphrase` when there is no terminal to ask on. */
export async function askPassphrase(file: string): Promise<string> {
  return await ask(`Passphrase of ${file}: `);
}

/** @throws PommgrError `usage.passphrase` when there is no terminal, the answer is too short, or the second differs. */
export async function askNewPassphrase(file: string): Promise<string> {
  const first = await ask(`New passphrase of ${file}, at least ${minPassphraseLength} characters: `);
  checkNewPassphrase(first, file);
  await askAgain(first);
  return first;
}

/** Asks for a passphrase on a terminal; undefined where there is no terminal, or the answer is empty. */
export async function offerPassphrase(file: string): Promise<string | undefined> {
  const first = await askTerminal(
    `Passphrase for ${file}, at least ${minPassphraseLength} characters; none with Enter: `,
    { isSecret: true },
  );
  if (first === undefined || first === '') return undefined;
  checkNewPassphrase(first, file);
  await askAgain(first);
  return first;
}

async function askAgain(first: string): Promise<void> {
  if ((await ask('The same again: ')) === first) return;
  throw new PommgrError('usage.passphrase', 'The passphrases differ.', {
    hints: ['Run the same command again. Nothing was written.'],
  });
}

async function ask(question: string): Promise<string> {
  const answer = await askTerminal(question, { isSecret: true });
  if (answer !== undefined) return answer;
  throw new PommgrError(
    'usage.passphrase',
    'A passphrase is needed, and there is no terminal to ask for it.',
    {
      hints: [
        'Set POMMGR_SIGNING_PASSPHRASE to that of a signing key, POMMGR_IDENTITY_PASSPHRASE to that of an identity.',
      ],
    },
  );
}
