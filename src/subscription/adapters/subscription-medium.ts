/**
 * Reads the subscriptions on a medium. Invariant: a PackedSubscriptions was signed by a trusted key and is complete,
 * and `readInfo` returns the very bytes that were packed. Nothing here writes.
 */
import { z } from 'zod';
import { compareText } from '../../core/domain/canonical-json.ts';
import { parseDocument } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { isTooDeep } from '../../core/domain/json-depth.ts';
import { subscriptionsDirectoryName } from '../../medium/domain/medium-layout.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import {
  isSubscriptionFileName,
  isSubscriptionSetName,
  subscriptionSetFileName,
  subscriptionSetKind,
  subscriptionSetName,
  type PackedInfo,
  type SubscriptionSet,
} from '../domain/subscription-set.ts';
import { decryptWithIdentities } from '../../trust/adapters/age-encryption.ts';
import { kindAt, namesAt, readAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import {
  openSignedDirectory,
  readSignedFile,
  type SignedDirectory,
  type SignedPlace,
} from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

/** One directory below `subscriptions/`. */
export interface PackedSubscriptions {
  /** Name of the directory: the time of packing. */
  name: string;
  signed: SignedDirectory;
  set: SubscriptionSet;
}

/** The largest info, or text of steps, that is read. */
export const maxSubscriptionFileBytes = 4 * 1024 * 1024;
const maxMirrorStateBytes = 64 * 1024 * 1024;

/**
 * Lists `subscriptions/` of a medium: sets by name, the oldest first, and everything else. Empty where it does not
 * exist.
 */
export async function listSubscriptions(media: string): Promise<{ sets: string[]; others: string[] }> {
  const directory = below(topPlace(media), subscriptionsDirectoryName);
  const kind = await kindAt(directory);
  if (kind === undefined) return { sets: [], others: [] };
  if (kind !== 'directory') return { sets: [], others: [''] };
  const names = await namesAt(directory);
  return {
    sets: names.filter(isSubscriptionSetName).toSorted(compareText),
    others: names.filter((name) => !isSubscriptionSetName(name)),
  };
}

/**
 * Opens the sets that a trusted key signed, the newest first; the first set that names a host applies to it.
 * @throws PommgrError `trust.unknown-signer` when there are sets and all are by other signers; `trust.*` and
 *   `integrity.*` for one that is signed by a trusted key and is not as it was signed.
 */
export async function openSubscriptions(media: string, trusted: TrustedKeys): Promise<PackedSubscriptions[]> {
  const opened: PackedSubscriptions[] = [];
  let unknown: PommgrError | undefined;
  for (const name of (await listSubscriptions(media)).sets.toReversed()) {
    try {
      opened.push(await openSubscriptionSet(media, name, trusted));
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'trust.unknown-signer') throw error;
      unknown ??= error;
    }
  }
  if (opened.length === 0 && unknown !== undefined) throw unknown;
  return opened;
}

/** Opens one of them. @throws PommgrError `trust.*`, `integrity.*`, `config.*` */
export async function openSubscriptionSet(
  media: string,
  name: string,
  trusted: TrustedKeys,
): Promise<PackedSubscriptions> {
  const place = subscriptionSetPlace(media, name);
  const directory = pathOf(place.directory);
  const signed = await openSignedDirectory(place, {
    trusted,
    rotations: below(topPlace(media), rotationsDirectoryName),
    isName: isSubscriptionFileName,
    needed: () => [subscriptionSetFileName],
  });
  const text = await readSignedFile(signed, subscriptionSetFileName, maxSubscriptionFileBytes);
  const where = `${directory}/${subscriptionSetFileName}`;
  const set = parseDocument(text.toString('utf8'), subscriptionSetKind, where);
  // An old set must not pass for the newest.
  if (subscriptionSetName(set.created) === name) return { name, signed, set };
  throw new PommgrError(
    'integrity.name',
    `${directory} says that it was made at ${set.created}, expected the name ${subscriptionSetName(set.created)}.`,
    {
      hints: ['Somebody renamed the directory. Pack the subscriptions again on the online side.'],
      details: { directory, expected: subscriptionSetName(set.created), found: name },
    },
  );
}

/**
 * Returns the text of an info; `identities` are the host's age identities.
 * @throws PommgrError `integrity.*`; `state.age-identity` when it is encrypted to none of them.
 */
export async function readInfo(
  { signed }: PackedSubscriptions,
  info: PackedInfo,
  identities: readonly string[] = [],
): Promise<string> {
  const file = await readSignedFile(signed, info.file, maxSubscriptionFileBytes);
  if (info.encryption === 'none') return file.toString('utf8');
  const where = pathOf(below(signed.directory, info.file));
  const text = await decryptWithIdentities(file, { identities, where });
  if (text !== undefined) return text.toString('utf8');
  throw new PommgrError(
    'state.age-identity',
    `${where} is encrypted to ${info.recipients.join(', ')}, and this machine has no key for that.`,
    {
      hints: [
        'Run "pommgr host lock" on the host, bring the lock to the online side, name it in site.hosts, and pack again.',
      ],
      details: { file: where, expected: info.recipients },
    },
  );
}

/** Returns where a set is on a medium. */
export function subscriptionSetPlace(media: string, name: string): SignedPlace {
  return { kind: 'subscriptions', directory: below(topPlace(media), subscriptionsDirectoryName, name) };
}

/** Returns where POM itself writes subscriptions. */
export function mirrorStatePlace(media: string): Place {
  return below(topPlace(media), '.mirror-state');
}

const mirrorStateSchema = z.object({ subscriptions: z.array(z.unknown()).default([]) });

/**
 * Returns the texts of the infos that POM itself put on a medium, which are not signed as a whole; undefined where POM
 * filled none.
 * @throws PommgrError `config.mirror-state`; the message quotes nothing.
 */
export async function readMirrorState(media: string): Promise<string[] | undefined> {
  const place = mirrorStatePlace(media);
  const path = pathOf(place);
  if ((await kindAt(place)) === undefined) return undefined;
  const text = (await readAt(place, maxMirrorStateBytes)).toString('utf8');
  const result = mirrorStateSchema.safeParse(parseJson(text));
  if (result.success) return result.data.subscriptions.map((info) => JSON.stringify(info));
  throw new PommgrError('config.mirror-state', `${path} is not what Proxmox Offline Mirror writes.`, {
    hints: ['Fill the medium again with "proxmox-offline-mirror medium sync".'],
    details: { file: path },
  });
}

function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The text is not quoted: it may contain keys.
    return undefined;
  }
}
