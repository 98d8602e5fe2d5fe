/** A delta's base: in the store under its name and with its digest, or the delta is refused before anything is written. */
import { readBaselineObjects } from '../../bundle/adapters/baseline-objects.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { readStoreState, storedBaselineDirectory, type Store } from '../adapters/store.ts';
import type { BundleBase } from '../../medium/domain/bundle.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { openStoredBaseline } from './open-stored-baseline.ts';

/** What a dry run would have stored by then, as SHA-256. */
export interface ExpectedStore {
  /** Of baselines by name, without extras. */
  baselines: Map<string, readonly string[]>;
  /** With extras. */
  objects: Set<string>;
}

/**
 * SHA-256 of the base's objects; undefined for a full bundle.
 * @throws PommgrError `state.base`, `trust.known-name` for one of that name with another digest, `integrity.*` for one
 *   whose documents were changed.
 */
export async function openBase(
  { name, bundle }: Pick<VerifiedBundle, 'name' | 'bundle'>,
  store: Store,
): Promise<AsyncIterable<string> | undefined> {
  const { base } = bundle;
  if (base === null) return undefined;
  if (!(await pathExists(storedBaselineDirectory(store, base.name)))) throw noBase(name, base, store);
  const stored = await openStoredBaseline(store, await readStoreState(store), base.name);
  const { digest } = stored.baseline;
  if (digest !== base.digest) throw otherBase(name, base, digest);
  return readBaselineObjects(stored.baseline, stored.directory);
}

function noBase(bundle: string, { name, digest }: BundleBase, { directory }: Store): PommgrError {
  return new PommgrError(
    'state.base',
    `The bundle ${bundle} needs the baseline ${name} with the digest ${digest}, which is not in the store ${directory}.`,
    {
      hints: [
        `Bring ${name} first: "pommgr apply --store-only" with the medium that has it.`,
        'Or pack a full bundle on the online side: "pommgr pack --since none".',
      ],
      details: { bundle, base: name, digest, store: directory },
    },
  );
}

function otherBase(bundle: string, { name, digest }: BundleBase, found: string): PommgrError {
  return new PommgrError(
    'trust.known-name',
    `The bundle ${bundle} needs the baseline ${name} with the digest ${digest}, but the store's ${name} has the digest ${found}.`,
    {
      hints: ['A baseline never changes. Find out on the online side why two were made with one name.'],
      details: { bundle, base: name, expected: digest, found },
    },
  );
}
