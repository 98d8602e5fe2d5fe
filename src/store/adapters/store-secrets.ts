/** Lists the files in a store's `secrets/` for a removal. Other modules read their contents. */
import { join } from 'node:path';
import { listDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import type { StoreSecret } from '../domain/store-secret.ts';
import type { Store } from './store.ts';

const meanings: readonly [RegExp, string][] = [
  [
    /^age-identity\.txt$/,
    "the host's age key: subscription keys that were packed for it open with nothing else",
  ],
  [/^receipt-key\.pem$/, "the key that signs the host's receipts: the online side must trust a new one"],
  [/^subscription-info-/, 'the subscription info that was activated last'],
  [/^subscription-before-/, 'the subscription that the host had before'],
];

/** Returns the files sorted by path; none where the store has none. */
export async function listSecrets(store: Store): Promise<StoreSecret[]> {
  if (!(await pathExists(store.secrets))) return [];
  const names = (await listDirectory(store.secrets)).toSorted();
  return names.map((name) => ({
    path: join(store.secrets, name),
    what: meanings.find(([pattern]) => pattern.test(name))?.[1] ?? 'a secret',
  }));
}
