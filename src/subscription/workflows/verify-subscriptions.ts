/** Checks `subscriptions/` for `verify`: every file is listed, signed, and has its digest. */
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import { readSignedFile } from '../../trust/adapters/signed-directory.ts';
import { isUnfinishedSet } from '../adapters/subscription-medium-writer.ts';
import {
  listSubscriptions,
  maxSubscriptionFileBytes,
  openSubscriptionSet,
} from '../adapters/subscription-medium.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { subscriptionsDirectoryName } from '../../medium/domain/medium-layout.ts';
import { subscriptionSetFileName, type SubscriptionSet } from '../domain/subscription-set.ts';
import type { SubscriptionVerification } from '../domain/subscription-verification.ts';

export interface SubscriptionsVerification {
  /** The oldest first. */
  sets: SubscriptionVerification[];
  /** Leftovers of a killed run; never read. */
  strangers: string[];
}

/** @throws PommgrError `trust.*` or `integrity.*` for the first thing that is wrong. */
export async function verifySubscriptions(
  media: string,
  trusted: TrustedKeys,
): Promise<SubscriptionsVerification> {
  const { sets, others } = await listSubscriptions(media);
  for (const name of others) if (!isUnfinishedSet(name)) throw added(pathOf(setPlace(media, name)));
  const reports: SubscriptionVerification[] = [];
  for (const name of sets) {
    const { signed, set } = await openSubscriptionSet(media, name, trusted);
    let sizeBytes = 0;
    for (const file of signed.digests.keys()) {
      sizeBytes += (await readSignedFile(signed, file, maxSubscriptionFileBytes)).length;
    }
    checkNamesFiles(set, { directory: pathOf(signed.directory), listed: [...signed.digests.keys()] });
    const infos = set.hosts.flatMap((host) => host.infos);
    reports.push({
      name,
      created: set.created,
      signers: signed.signers.map(({ fingerprint }) => fingerprint),
      hosts: set.hosts.length,
      infos: infos.length,
      isEncrypted: infos.every(({ encryption }) => encryption === 'age'),
      sizeBytes,
    });
  }
  return { sets: reports, strangers: others.map((name) => `${subscriptionsDirectoryName}/${name}`) };
}

/** The document and the manifest name the same infos. */
function checkNamesFiles(
  { hosts }: SubscriptionSet,
  { directory, listed }: { directory: string; listed: readonly string[] },
): void {
  const named = hosts.flatMap(({ infos }) => infos.map(({ file }) => file)).toSorted();
  const found = listed.filter((name) => name.startsWith('infos/')).toSorted();
  if (JSON.stringify(named) === JSON.stringify(found)) return;
  throw new PommgrError(
    'integrity.contents',
    `${directory}/${subscriptionSetFileName} names ${named.length} infos, found ${found.length} others beside it.`,
    { hints: ['Pack the subscriptions again on the online side.'], details: { directory, named, found } },
  );
}

/** `name` may be empty: the place is then that of the directory of all sets. */
function setPlace(media: string, name: string): Place {
  const all = below(topPlace(media), subscriptionsDirectoryName);
  return name === '' ? all : below(all, name);
}

function added(path: string): PommgrError {
  return new PommgrError('integrity.extra', `${path} does not belong there.`, {
    hints: ['Only what pommgr packs belongs into subscriptions/. Find out who put it there, then remove it.'],
    details: { file: path },
  });
}
