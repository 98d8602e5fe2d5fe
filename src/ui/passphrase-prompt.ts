/** Asks for a passphrase on the terminal, without showing it. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { PommgrError } from '../domain/errors.ts';

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
  if (!process.stdin.isTTY) {
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
  process.stderr.write(question);
  // What readline would echo goes nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
