/** Bundles that build on each other: each is stored as a whole before the next, and the last is what was asked for. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { StoredBaseline } from '../domain/stored-baseline.ts';
import type { ExpectedStore } from './open-base.ts';
import type { BundleChain } from './open-chain.ts';
import { checkBundle, storeBundle } from './store-bundle.ts';
import type { Added, StoreBundleOptions } from './take-objects.ts';

/** @throws PommgrError as `storeBundle`; what was stored before stays. */
export async function storeChain(
  { before, verified }: BundleChain,
  options: StoreBundleOptions,
): Promise<{ stored: StoredBaseline; added: Added }> {
  const added: Added[] = [];
  for (const bundle of before) added.push((await storeBundle(bundle, options)).added);
  const last = await storeBundle(verified, options);
  return { stored: last.stored, added: total([...added, last.added]) };
}

/** @throws PommgrError as `checkBundle`. */
export async function checkChain(
  { before, verified }: BundleChain,
  options: StoreBundleOptions,
): Promise<{ baseline: Baseline; added: Added }> {
  const expected: ExpectedStore = { baselines: new Map(), objects: new Set() };
  const added: Added[] = [];
  for (const bundle of before) added.push((await checkBundle(bundle, options, expected)).added);
  const last = await checkBundle(verified, options, expected);
  return { baseline: last.baseline, added: total([...added, last.added]) };
}

function total(added: readonly Added[]): Added {
  return {
    files: added.reduce((sum, { files }) => sum + files, 0),
    sizeBytes: added.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
