/**
 * Stores bundles that build on each other: each is stored completely before the next, and the last is the requested
 * one.
 */
import type { StoredBaseline } from '../adapters/stored-baseline.ts';
import type { ExpectedStore } from './open-base.ts';
import type { BundleChain } from './open-chain.ts';
import { checkBundle, storeBundle, type CheckedBundle } from './store-bundle.ts';
import { sumOf } from '../../medium/domain/bundle-objects.ts';
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

/**
 * Checks everything and keeps nothing. With `preview`, `directory` is where the last baseline can be inspected: in the
 * store, or in the preview.
 * @throws PommgrError as `checkBundle`.
 */
export async function checkChain(
  { before, verified }: BundleChain,
  options: StoreBundleOptions,
): Promise<CheckedBundle> {
  const expected: ExpectedStore = { baselines: new Map(), objects: new Set() };
  const added: Added[] = [];
  for (const bundle of before) added.push((await checkBundle(bundle, options, expected)).added);
  const last = await checkBundle(verified, options, expected);
  const { baseline, shares } = last;
  if (last.directory === undefined) await options.preview?.place(options.store);
  return {
    baseline,
    shares,
    added: total([...added, last.added]),
    directory: last.directory ?? options.preview?.directory,
  };
}

function total(added: readonly Added[]): Added {
  return {
    ...sumOf(added),
    packages: sumOf(added.map(({ packages }) => packages)),
    indices: sumOf(added.map(({ indices }) => indices)),
  };
}
