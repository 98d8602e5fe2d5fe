/** Extras that came with another bundle of a baseline that is stored already. */
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { removeJournal, writeJournal } from '../adapters/journal.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { readStoredExtras, replaceStoredExtras } from '../adapters/stored-extras.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { mergeExtras } from '../../config/domain/extras.ts';
import type { StoredBaseline } from '../adapters/stored-baseline.ts';
import { formatTime } from '../../core/domain/time.ts';
import { gatherVolumes } from './gather-volumes.ts';
import { readWithProgress } from '../../bundle/workflows/read-bundle.ts';
import { type Added, type StoreBundleOptions, takeObjects } from './take-objects.ts';

/** Whether a bundle of the stored baseline brings extras that it has not. */
export async function bringsExtras(
  { bundle }: Pick<VerifiedBundle, 'bundle'>,
  { directory }: StoredBaseline,
): Promise<boolean> {
  const have = await readStoredExtras(directory);
  return canonicalJson(mergeExtras(have, bundle.extras)) !== canonicalJson(have);
}

/**
 * Reads and checks the whole bundle, and adds them.
 * @throws PommgrError `integrity.*`, `state.space`; the store is then as before.
 */
export async function storeExtras(
  verified: VerifiedBundle,
  { directory }: StoredBaseline,
  options: StoreBundleOptions,
): Promise<Added> {
  const { store, context } = options;
  const { extras, baseline } = verified.bundle;
  const gathered = await gatherVolumes(verified, { ...options, dryRun: false });
  async function begin(): Promise<void> {
    const operation = { kind: 'import', baseline: baseline.name, digest: baseline.digest } as const;
    const started = formatTime(context.timestamp());
    await writeJournal(store, { schema: 'pommgr/journal/v1', started, operation });
  }
  const hashers = openHasherPool(2);
  const taking = takeObjects(verified.bundle, { ...options, hashers, dryRun: false, begin });
  try {
    await readWithProgress(gathered, taking, context);
    await replaceStoredExtras(store, directory, mergeExtras(await readStoredExtras(directory), extras));
    await removeJournal(store);
    return taking.lacking();
  } catch (error) {
    // When it was only interrupted, what was verified stays for the next run.
    if (!context.signal.aborted) {
      await taking.undo();
      await removeJournal(store);
    }
    throw error;
  } finally {
    await hashers.close();
  }
}
