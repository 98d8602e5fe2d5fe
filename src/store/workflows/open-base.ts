/**
 * Opens a delta's base: it must be in the store under its name and with its digest, or the delta is refused before
 * anything is written.
 */
import { readBaselineObjects } from '../../bundle/adapters/baseline-objects.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { readStoreState, storedBaselineDirectory, type Store } from '../adapters/store.ts';
import type { BundleBase } from '../../medium/domain/bundle.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { BaseViewers } from '../../medium/domain/bundle-base.ts';
import { readStoredShare } from '../adapters/stored-share.ts';
import { openStoredBaseline } from './open-stored-baseline.ts';

/** SHA-256 of what a dry run would have stored by then. */
export interface ExpectedStore {
  /** Viewers of the objects of a baseline, by its name; without extras. */
  baselines: Map<string, BaseViewers>;
  /** Objects, including extras. */
  objects: Set<string>;
}

/**
 * Returns the viewers of the base's objects, by SHA-256; undefined for a full bundle.
 * @throws PommgrError `state.base`, `trust.known-name` for one of that name with another digest, `integrity.*` for one
 *   whose documents were changed.
 */
export async function openBase(
  { name, bundle }: Pick<VerifiedBundle, 'name' | 'bundle'>,
  store: Store,
): Promise<BaseViewers | undefined> {
  const { base } = bundle;
  if (base === null) return undefined;
  if (!(await pathExists(storedBaselineDirectory(store, base.name)))) throw noBase(name, base, store);
  const stored = await openStoredBaseline(store, await readStoreState(store), base.name);
  const { digest } = stored.baseline;
  if (digest !== base.digest) throw otherBase(name, base, digest);
  const { closure } = (await readStoredShare(stored.directory)).bundle;
  if (closure?.sha256 !== base.closure) throw otherClosure(name, base, store);
  return readBaselineObjects(stored.baseline, stored.directory, stored.shares);
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

function otherClosure(bundle: string, { name, closure }: BundleBase, { directory }: Store): PommgrError {
  const expected = closure === undefined ? 'whole' : `with the closure list ${closure}`;
  return new PommgrError(
    'state.base',
    `The bundle ${bundle} needs the baseline ${name} ${expected}, but ${directory} holds it ${closure === undefined ? 'thin' : 'whole, or with another closure'}.`,
    {
      hints: ['Pack a full bundle on the online side: "pommgr pack --since none".'],
      details: { bundle, base: name, closure: closure ?? null, store: directory },
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
