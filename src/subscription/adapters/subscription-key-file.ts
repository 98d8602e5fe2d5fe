/**
 * Reads a file with a subscription key. Invariant: a file that others may read is refused, and no message quotes it.
 */
import { stat } from 'node:fs/promises';
import { PommgrError } from '../../core/domain/errors.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';

const maxKeyFileBytes = 4096;

/** Returns the text of its only line. @throws PommgrError `config.key-file` */
export async function readSubscriptionKey(file: string): Promise<string> {
  let mode: number;
  try {
    ({ mode } = await stat(file));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw refused(file, 'it is not there', 'Write the key into it, in one line, and set its mode to 600.');
  }
  if ((mode & 0o077) !== 0) {
    const found = (mode & 0o777).toString(8);
    throw refused(file, `others may read it (mode ${found})`, `Run "chmod 600 ${file}".`);
  }
  const text = (await readPlainFile(file, maxKeyFileBytes)).toString('utf8').trim();
  if (/^\S+$/.test(text)) return text;
  throw refused(file, 'it holds no key', 'Write the key into it, alone and in one line.');
}

function refused(file: string, why: string, hint: string): PommgrError {
  return new PommgrError('config.key-file', `The key file ${file} is refused: ${why}.`, {
    hints: [hint],
    details: { file },
  });
}
