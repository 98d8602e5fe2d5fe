/** Implements `pommgr subscription status --media`: the infos on a medium, pommgr's and POM's own. Changes nothing. */
import { below, pathOf } from '../../core/domain/place.ts';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { loadConfigIfThere } from '../../config/adapters/config-file.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { readProxmoxKey } from '../../subscription/adapters/proxmox-key.ts';
import {
  openSubscriptions,
  readInfo,
  readMirrorState,
  type PackedSubscriptions,
  mirrorStatePlace,
} from '../../subscription/adapters/subscription-medium.ts';
import { countSockets, readComputedServerIds } from '../../apt/adapters/server-id-files.ts';
import { chooseTrust } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { subscriptionSettingsSchema } from '../../config/domain/site.ts';
import {
  clearEntry,
  encryptedEntry,
  malformedEntry,
  type EntryOptions,
  type ThisHost,
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
  /** Proxmox's public key. Default: the config's, where there is one, else that of the machine. */
  signingKey: string | undefined;
  /** Config file of the online side; a host has none. */
  configFile?: string | undefined;
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
  const settings = (await loadConfigIfThere(options.configFile))?.subscription;
  const warnDays = options.warnDays ?? settings?.warnDays ?? subscriptionSettingsSchema.parse({}).warnDays;
  const signingKey = options.signingKey ?? settings?.signingKey;
  const publicKeyPem = await readProxmoxKey(signingKey, { root });
  const here = await readThisHost(root);
  const entryOptions = { now: context.now(), warnDays, publicKeyPem, showKeys, here };
  const mirrorState = await readMirrorState(media);
  const opened = await openSubscriptions(media, await chooseTrust(options.keyFiles ?? [], root));
  if (opened.length === 0 && mirrorState === undefined) throw nothingThere(media);
  const entries = [
    ...(await packedEntries(opened, entryOptions)),
    ...(mirrorState ?? []).map((text) =>
      clearOrMalformed(text, { where: pathOf(mirrorStatePlace(media)), host: null, ...entryOptions }),
    ),
  ];
  return createReport(entries, warnDays);
}

/** The machine at `root`; only its own infos are compared with it. */
interface Machine extends ThisHost {
  serverIds: string[];
}

async function readThisHost(root: string): Promise<Machine> {
  const aptRoot = await openAptRoot(root);
  return {
    serverIds: await readComputedServerIds(aptRoot),
    sockets: await countSockets(aptRoot),
    architecture: aptRoot.architecture,
  };
}

interface MediumEntryOptions extends EntryOptions {
  here: Machine;
}

function hereFor(serverIds: readonly string[], { here }: MediumEntryOptions): ThisHost | undefined {
  const { serverIds: own, ...facts } = here;
  return serverIds.some((id) => own.includes(id.toUpperCase())) ? facts : undefined;
}

async function packedEntries(
  opened: readonly PackedSubscriptions[],
  options: MediumEntryOptions,
): Promise<SubscriptionEntry[]> {
  const entries: SubscriptionEntry[] = [];
  for (const { host, from } of newestOfHosts(opened)) {
    for (const info of host.infos) entries.push(await packedEntry(from, { host, info, ...options }));
  }
  return entries;
}

async function packedEntry(
  from: PackedSubscriptions,
  { host, info, ...options }: MediumEntryOptions & { host: PackedHost; info: PackedInfo },
): Promise<SubscriptionEntry> {
  if (info.encryption === 'age') {
    return encryptedEntry(info, host, { ...options, here: hereFor([info.serverId], options) });
  }
  const where = pathOf(below(from.signed.directory, info.file));
  return clearOrMalformed(await readInfo(from, info), { where, host, ...options });
}

function clearOrMalformed(
  text: string,
  { where, host, ...options }: MediumEntryOptions & { where: string; host: PackedHost | null },
): SubscriptionEntry {
  const parsed = parsedOrError(text, where);
  if (!(parsed instanceof PommgrError)) {
    const ids = typeof parsed.serverid === 'string' ? [parsed.serverid] : [];
    return clearEntry(parsed, host, { ...options, here: hereFor(ids, options) });
  }
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
    hints: ['Put them there with "pommgr subscription pack --media DIR" on the online side.'],
    details: { media },
  });
}
