/**
 * Gathers what the online side knows of its hosts' subscription keys: the config's hosts, their locks, and POM. Changes
 * nothing.
 */
import { findPomBinary } from '../../pom/adapters/pom-binary.ts';
import { readPomSubscriptions } from '../../pom/adapters/pom-subscriptions.ts';
import { openPom, type Pom } from '../../pom/adapters/pom.ts';
import { readProxmoxKey } from '../adapters/proxmox-key.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { openSiteLocks } from './read-site-locks.ts';
import { knowSubscription, type KnownSubscription } from '../domain/known-subscription.ts';
import { resolveHost, type SubscriptionHost } from '../../config/domain/site.ts';

export interface SiteSubscriptions {
  hosts: SubscriptionHost[];
  /** Every key that POM knows, sorted by key, the mirror's own among them. */
  known: KnownSubscription[];
  publicKeyPem: string | undefined;
}

/** The config's hosts with what their locks add. @throws PommgrError `config.lock`, `config.*`, `trust.host-lock` for a bad lock. */
async function readSiteHosts({ site, stateDir }: Config): Promise<SubscriptionHost[]> {
  const hosts: SubscriptionHost[] = [];
  const readLock = await openSiteLocks({ stateDir });
  for (const host of site.hosts) {
    hosts.push(resolveHost(host, host.lock === undefined ? undefined : await readLock(host.lock)));
  }
  return hosts;
}

/** @throws PommgrError `tool.missing` where POM is not there, `config.*`, `tool.*`. */
export async function readSiteSubscriptions(config: Config, now: Date): Promise<SiteSubscriptions> {
  const hosts = await readSiteHosts(config);
  const publicKeyPem = await readProxmoxKey(config.subscription.signingKey);
  const pom = await requirePom(config);
  const known = (await readPomSubscriptions(pom)).map((subscription) =>
    knowSubscription(subscription, { hosts, now, publicKeyPem }),
  );
  return { hosts, known, publicKeyPem };
}

/** @throws PommgrError `tool.missing`, `tool.version` */
export async function requirePom({ pom }: Config): Promise<Pom> {
  const binary = await findPomBinary(pom.binary);
  if (binary !== undefined) return openPom(binary, pom.configFile);
  throw new PommgrError('tool.missing', `The program ${pom.binary} was not found.`, {
    hints: [
      'Subscription keys are kept by Proxmox Offline Mirror: install the package proxmox-offline-mirror.',
      'Or name the program in pom.binary of the config.',
    ],
    details: { program: pom.binary },
  });
}
