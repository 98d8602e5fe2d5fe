/**
 * Adds a second signature to the subscriptions on a medium. Their infos are encrypted to the hosts, so this machine
 * cannot rebuild them: it signs a set that a key which it trusts signed before, if the set is complete and has exactly
 * the texts of steps that this machine would write. Invariant: only signatures are written.
 */
import { pathOf } from '../../core/domain/place.ts';
import type { Context } from '../../core/domain/progress.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { missingOfRoot, renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import {
  listSubscriptions,
  openSubscriptionSet,
  subscriptionSetPlace,
  type PackedSubscriptions,
} from '../adapters/subscription-medium.ts';
import { renderStepFiles } from './render-step-files.ts';
import { verifySubscriptions } from './verify-subscriptions.ts';

export interface CoSignSubscriptionsOptions {
  media: string;
  keys: readonly SigningKey[];
  /** Where the machine's trusted keys are. */
  root: string | undefined;
  dryRun: boolean;
  context: Context;
}

/**
 * Returns the names, relative to the medium's top, of the sets that got a signature or would get one; warns about each
 * that does not.
 * @throws PommgrError `integrity.*`, `trust.*` for a set that is not as it was signed.
 */
export async function coSignSubscriptions(options: CoSignSubscriptionsOptions): Promise<string[]> {
  const { media, keys, root, dryRun, context } = options;
  const { sets } = await listSubscriptions(media);
  if (sets.length === 0) return [];
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  const trusted = await readHostTrust(root);
  const known = { ...trusted, keys: [...own, ...trusted.keys], threshold: 1 };
  const signed: string[] = [];
  for (const name of sets) {
    const place = subscriptionSetPlace(media, name);
    try {
      const opened = await openSubscriptionSet(media, name, known);
      await verifySubscriptions(media, known);
      const missing = await missingOfRoot(place, opened.signed.digests, keys);
      if (missing === 'root' || !(await hasOwnSteps(opened))) {
        context.progress.warn(
          `${pathOf(place.directory)} is not what this pommgr writes and gets no signature: hosts that ask for two keys refuse it.`,
        );
        continue;
      }
      if (missing.length === 0) continue;
      if (!dryRun) await renewSignedRoot(place, opened.signed.digests, keys);
      signed.push(`subscriptions/${name}`);
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'trust.unknown-signer') throw error;
      context.progress.warn(
        `${pathOf(place.directory)} gets no signature: no key that signed it is trusted here ("pommgr signing-key trust").`,
      );
    }
  }
  return signed;
}

async function hasOwnSteps({ set, signed }: PackedSubscriptions): Promise<boolean> {
  const steps = await renderStepFiles(set);
  const listed = [...signed.digests.keys()].filter((file) => file.startsWith('STEPS'));
  const expected = [...steps].map(([file]) => file);
  if (listed.some((file) => !expected.includes(file))) return false;
  return [...steps].every(([file, text]) => signed.digests.get(file) === sha256Hex(text));
}
