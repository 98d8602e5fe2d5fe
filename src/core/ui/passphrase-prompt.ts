/** Asks for a passphrase on the terminal, without showing it. */
import { PommgrError } from '../domain/errors.ts';
import { askTerminal } from './terminal-question.ts';

/** @throws PommgrError `usage.passphrase` when there is no terminal to ask on. */
export async function askPassphrase(file: string): Promise<string> {
  return await ask(`Passphrase of ${file}: `);
}

/** @throws PommgrError `usage.passphrase` when there is no terminal, or the two answers differ or are empty. */
export async function askNewPassphrase(file: string): Promise<string> {
  const first = await ask(`New passphrase of ${file}: `);
  const second = await ask('The same again: ');
  if (first === second && first !== '') return first;
  throw new PommgrError(
    'usage.passphrase',
    first === '' ? 'The passphrase is empty.' : 'The passphrases differ.',
  );
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
