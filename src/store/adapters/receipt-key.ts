/** Stores the key that signs a host's receipts: `<store>/secrets/receipt-key.pem`, created when it is first needed. */
import { dirname, join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import { entryExists, makeDirectory } from '../../core/adapters/atomic-files.ts';
import { createSigningKey, openSigningKey, type SigningKey } from '../../trust/adapters/signing.ts';
import type { Store } from './store.ts';

/** @throws PommgrError `config.receipt-key` for one that is damaged or that others may read. */
export async function openReceiptKey(store: Store): Promise<SigningKey> {
  const path = join(store.directory, 'secrets/receipt-key.pem');
  await makeDirectory(dirname(path), 0o700);
  if (!(await entryExists(path))) await createSigningKey(path);
  try {
    return await openSigningKey(path);
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    throw new PommgrError('config.receipt-key', error.message, {
      hints: [
        `Move ${path} away: the next "apply --receipt" makes a new key, which the online side must trust ("pommgr host trust").`,
      ],
      details: { file: path },
      cause: error,
    });
  }
}
