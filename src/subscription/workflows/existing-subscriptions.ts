/** Compares the sets of subscriptions on a medium that our own keys signed with one that is to be written. */
import { pathOf } from '../../core/domain/place.ts';
import { readSignedFile } from '../../trust/adapters/signed-directory.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import {
  listSubscriptions,
  maxSubscriptionFileBytes,
  openSubscriptionSet,
  type PackedSubscriptions,
  subscriptionSetPlace,
} from '../adapters/subscription-medium.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { SubscriptionPlan } from '../domain/subscription-plan.ts';
import { hostId, type SubscriptionSet } from '../domain/subscription-set.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { renderStepFiles } from './render-step-files.ts';

/**
 * Sets of other signers are ignored.
 * @throws PommgrError `refused.exists` for one that is damaged, or that nobody signed.
 */
export async function findOwnSubscriptions(
  media: string,
  keys: readonly SigningKey[],
): Promise<PackedSubscriptions[]> {
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  const found: PackedSubscriptions[] = [];
  for (const name of (await listSubscriptions(media)).sets.toReversed()) {
    try {
      const opened = await openSubscriptionSet(media, name, {
        ...{ directory: '', keys: own, distrusted: [], threshold: 1 },
      });
      for (const file of opened.signed.digests.keys()) {
        await readSignedFile(opened.signed, file, maxSubscriptionFileBytes);
      }
      found.push(opened);
    } catch (error) {
      if (!(error instanceof PommgrError)) throw error;
      if (error.code === 'trust.unknown-signer') continue;
      throw damaged(pathOf(subscriptionSetPlace(media, name).directory), error);
    }
  }
  return found;
}

/** Returns whether a set says what this plan would: all but its creation time, and the ciphertexts. */
export async function isPackedSubscriptions(
  { set, signed }: PackedSubscriptions,
  plan: SubscriptionPlan,
  keys: readonly SigningKey[],
): Promise<boolean> {
  if (
    signed.signers.length !== keys.length ||
    canonicalJson(saidBySet(set)) !== canonicalJson(saidByPlan(plan))
  ) {
    return false;
  }
  for (const [name, text] of await renderStepFiles(set)) {
    if (signed.digests.get(name) !== sha256Hex(text)) return false;
  }
  return true;
}

/** Whether every host of the older set is in the newer one. */
export function isSuperseded(older: SubscriptionSet, newer: SubscriptionSet): boolean {
  const names = new Set(newer.hosts.map(hostId));
  return older.hosts.every((host) => names.has(hostId(host)));
}

function saidBySet({ nextVisit, hosts }: SubscriptionSet): unknown {
  return {
    nextVisit,
    hosts: hosts.map(({ infos, ...host }) => ({
      ...host,
      infos: infos.map(({ file: _file, sizeBytes: _size, sha256, encryption, ...info }) => ({
        ...info,
        clear: encryption === 'none' ? sha256 : null,
      })),
    })),
  };
}

function saidByPlan({ nextVisit, hosts }: SubscriptionPlan): unknown {
  return {
    nextVisit,
    hosts: hosts.map(({ infos, recipients, ...host }) => ({
      ...host,
      infos: infos.map(({ text, about }) => ({
        ...about,
        recipients,
        clear: recipients.length === 0 ? sha256Hex(text) : null,
      })),
    })),
  };
}

function damaged(directory: string, cause: PommgrError): PommgrError {
  return new PommgrError(
    'refused.exists',
    `The subscriptions in ${directory} are not as they were packed: ${cause.message}`,
    {
      hints: [`Remove ${directory}, then run the same command again.`],
      details: { directory },
      cause,
    },
  );
}
