/** `pommgr subscription status --media`: the infos that lie on a medium, pommgr's and POM's own. Changes nothing. */
import { join } from 'node:path';
import { listMedium } from '../../medium/adapters/medium.ts';
import { readProxmoxKey } from '../../subscription/adapters/proxmox-key.ts';
import {
  openSubscriptions,
  readInfo,
  readMirrorState,
  type PackedSubscriptions,
} from '../../subscription/adapters/subscription-medium.ts';
import { chooseTrust } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { subscriptionSettingsSchema } from '../../config/domain/site.ts';
import {
  clearEntry,
  encryptedEntry,
  malformedEntry,
  type EntryOptions,
} from '../../subscription/domain/subscription-entry.ts';
import { parseSubscriptionInfo, type SubscriptionInfo } from '../../subscription/domain/subscription-info.ts';
import { problem } from '../../subscription/domain/subscription-judgement.ts';
import {
  createReport,
  type SubscriptionEntry,
  type SubscriptionReport,
} from '../../subscription/domain/subscription-report.ts';
import {
  newestOfHosts,
  type PackedHost,
  type PackedInfo,
} from '../../subscription/domain/subscription-set.ts';

export interface SubscriptionMediumOptions {
  media: string;
  /** Public keys to trust instead of those of the machine. */
  keyFiles?: readonly string[] | undefined;
  /** Where the machine's trusted keys and Proxmox's public key are. */
  root: string;
  /** Proxmox's public key. */
  signingKey: string | undefined;
  /** Default: 45. */
  warnDays: number | undefined;
  /** Keys in clear. */
  showKeys: boolean;
  context: Context;
}

/**
 * @throws PommgrError `trust.*` and `integrity.*` for subscriptions that are not as they were packed,
 *   `integrity.missing` for a medium with none.
 */
export async function subscriptionMediumStatus(
  options: SubscriptionMediumOptions,
): Promise<SubscriptionReport> {
  const { media, root, showKeys, context } = options;
  await listMedium(media);
  const warnDays = options.warnDays ?? subscriptionSettingsSchema.parse({}).warnDays;
  const publicKeyPem = await readProxmoxKey(options.signingKey, { root });
  const entryOptions = { now: context.now(), warnDays, publicKeyPem, showKeys };
  const mirrorState = await readMirrorState(media);
  const opened = await openSubscriptions(media, await chooseTrust(options.keyFiles ?? [], root));
  if (opened.length === 0 && mirrorState === undefined) throw nothingThere(media);
  const entries = [
    ...(await packedEntries(opened, entryOptions)),
    ...(mirrorState ?? []).map((text) =>
      clearOrMalformed(text, { where: join(media, '.mirror-state'), host: null, ...entryOptions }),
    ),
  ];
  return createReport(entries, warnDays);
}

async function packedEntries(
  opened: readonly PackedSubscriptions[],
  options: EntryOptions,
): Promise<SubscriptionEntry[]> {
  const entries: SubscriptionEntry[] = [];
  for (const { host, from } of newestOfHosts(opened)) {
    for (const info of host.infos) entries.push(await packedEntry(from, { host, info, ...options }));
  }
  return entries;
}

async function packedEntry(
  from: PackedSubscriptions,
  { host, info, ...options }: EntryOptions & { host: PackedHost; info: PackedInfo },
): Promise<SubscriptionEntry> {
  if (info.encryption === 'age') return encryptedEntry(info, host, options);
  const where = join(from.signed.directory, info.file);
  return clearOrMalformed(await readInfo(from, info), { where, host, ...options });
}

function clearOrMalformed(
  text: string,
  { where, host, ...options }: EntryOptions & { where: string; host: PackedHost | null },
): SubscriptionEntry {
  const parsed = parsedOrError(text, where);
  if (!(parsed instanceof PommgrError)) return clearEntry(parsed, host, options);
  const why = problem('malformed', parsed.message, parsed.hints.join(' '));
  return malformedEntry(host === null ? 'mirror-state' : 'medium', host, why);
}

function parsedOrError(text: string, where: string): SubscriptionInfo | PommgrError {
  try {
    return parseSubscriptionInfo(text, where);
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'config.subscription-info') return error;
    throw error;
  }
}

function nothingThere(media: string): PommgrError {
  return new PommgrError('integrity.missing', `There are no subscriptions on ${media}.`, {
    hints: ['Put them there with "pommgr pack --keys-only --media DIR" on the online side.'],
    details: { media },
  });
}
