/**
 * Implements `pommgr subscription steps` for a medium's subscriptions, or for those that `pack` would write to one.
 * Changes nothing.
 */
import { loadConfig } from '../../config/adapters/config-file.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { openSubscriptions } from '../adapters/subscription-medium.ts';
import { chooseTrust } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { StepsHost } from '../domain/steps-view.ts';
import { newestOfHosts, type PackedHost } from '../domain/subscription-set.ts';
import type { PlannedHost } from '../domain/subscription-plan.ts';
import { formatTime } from '../../core/domain/time.ts';
import { planSiteSubscriptions } from './plan-subscriptions.ts';
import { renderHostSteps, type StepsFormat, type StepsLanguage } from './render-steps.ts';

export interface SubscriptionStepsOptions {
  /** Default: the config's hosts, with what POM knows of their keys. */
  media?: string | undefined;
  /** Public keys to trust instead of those of the machine. */
  keyFiles?: readonly string[] | undefined;
  /** Where the machine's trusted keys are. */
  root?: string | undefined;
  configFile?: string | undefined;
  /** Default: all. */
  host?: string | undefined;
  format: StepsFormat;
  lang: StepsLanguage;
  context: Context;
}

export interface SubscriptionSteps {
  /** Null for all. */
  host: string | null;
  format: StepsFormat;
  lang: StepsLanguage;
  /** The steps themselves. */
  text: string;
}

/** @throws PommgrError `usage.host`; `trust.*`, `integrity.*` for a medium; `config.site` where no host is named. */
export async function subscriptionSteps(options: SubscriptionStepsOptions): Promise<SubscriptionSteps> {
  const { media, host, format, lang } = options;
  const found = media === undefined ? await plannedHosts(options) : await packedHosts(media, options);
  const { hosts, created, nextVisit } = found;
  const text = await renderHostSteps(hosts, { created, nextVisit, host, format, lang, media });
  return { host: host ?? null, format, lang, text };
}

interface FoundHosts {
  hosts: StepsHost[];
  created: string;
  nextVisit: string | null;
}

async function packedHosts(
  media: string,
  { keyFiles = [], root }: SubscriptionStepsOptions,
): Promise<FoundHosts> {
  await listMedium(media);
  const sets = await openSubscriptions(media, await chooseTrust(keyFiles, root));
  const [newest] = sets;
  if (newest === undefined) throw nothingThere(media);
  const { created, nextVisit } = newest.set;
  const hosts = newestOfHosts(sets).map(({ host, from }) => ({ host, created: from.set.created }));
  return { hosts, created, nextVisit };
}

async function plannedHosts({ configFile, context }: SubscriptionStepsOptions): Promise<FoundHosts> {
  const config = await loadConfig(configFile);
  const plan = await planSiteSubscriptions(config, { isRequired: true, context });
  if (plan === null) throw noHosts();
  let infos = 0;
  const hosts = plan.hosts.map((planned) => {
    const host = plannedHost(planned, infos);
    infos += host.infos.length;
    return { host, created: null };
  });
  return { hosts, created: formatTime(context.timestamp()), nextVisit: plan.nextVisit };
}

/** The files are numbered as `pack` will do; their contents are not needed here. */
function plannedHost({ recipients, infos, ...host }: PlannedHost, before: number): PackedHost {
  const isEncrypted = recipients.length > 0;
  return {
    ...host,
    infos: infos.map(({ about }, index) => ({
      ...about,
      ...{ sizeBytes: 0, sha256: '0'.repeat(64), recipients },
      file: `infos/${String(before + index + 1).padStart(4, '0')}.${isEncrypted ? 'age' : 'json'}`,
      encryption: isEncrypted ? 'age' : 'none',
    })),
  };
}

function nothingThere(media: string): PommgrError {
  return new PommgrError('integrity.missing', `There are no subscriptions of pommgr's on ${media}.`, {
    hints: [
      'Put them there with "pommgr subscription pack --media DIR" on the online side.',
      'What Proxmox Offline Mirror itself put there is activated by "pommgr subscription activate --media DIR".',
    ],
    details: { media },
  });
}

function noHosts(): PommgrError {
  return new PommgrError('config.site', 'The config names no hosts whose subscriptions travel.', {
    hints: ['Name them in site.hosts, and see that subscription.include is not "none".'],
  });
}
