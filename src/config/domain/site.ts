/**
 * Defines the config's settings for the offline hosts and their subscription keys. Invariant: a config contains no key.
 */
import { z } from 'zod';
import type { CheckFailure } from './config-issues.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { HostLock } from '../../apt/domain/host-lock.ts';
import { subscriptionProductSchema, keyOwnerSchema, serverIdSchema } from './subscription-key.ts';

const path = z.string().min(1);
const line = z
  .string()
  .max(200)
  .regex(/^[^\p{C}]+$/u, 'expected text in one line');

const siteHostSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'expected letters, digits, dots and hyphens')
    .describe('Name of the host; unique with its product.'),
  product: subscriptionProductSchema.describe('pve, pbs or pmg.'),
  serverIds: z
    .array(serverIdSchema)
    .min(1)
    .optional()
    .describe('Server IDs that the host answers to. Default: those of its lock.'),
  owner: keyOwnerSchema.default('own').describe('Whose the key is: own, reseller or voucher.'),
  contract: line.optional().describe('Number of the contract, for people.'),
  renewal: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/, 'expected a date like 2027-01-31')
    .optional()
    .describe('Date on which the contract is renewed, e.g. 2027-01-31.'),
  lock: path
    .optional()
    .describe(
      'Host lock that came back: it names the server IDs, and to whom keys for the host are encrypted.',
    ),
  keyFile: path.optional().describe('File with the subscription key, for its owner only.'),
});
/** A host as the config has it. */
export type SiteHost = z.infer<typeof siteHostSchema>;

export const siteSchema = z.strictObject({
  visitEveryDays: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe(
      'How often somebody visits the hosts; keys and releases that end before the next visit are told. Default: 90.',
    ),
  hosts: z.array(siteHostSchema).default([]).describe('The hosts, one entry for each product on them.'),
});
export type Site = z.infer<typeof siteSchema>;

/** How far ahead to look where the config does not say how often somebody visits the hosts. */
const defaultVisitDays = 90;

/** Returns in how many days, at the latest, somebody visits the hosts again. */
export function visitDaysOf({ site }: { site: Site }): number {
  return site.visitEveryDays ?? defaultVisitDays;
}

/** A host with what its lock adds. */
export interface SubscriptionHost extends Omit<SiteHost, 'lock' | 'serverIds'> {
  /** Upper-case, at least one; keys are registered for the first, those of the config come before those of the lock. */
  serverIds: string[];
  /** Recipients to which the host's infos are encrypted: `age1…`. Empty where its lock names none. */
  recipients: string[];
  /** As the lock has it, dpkg's name. */
  architecture?: string | undefined;
  /** CPU sockets, as the lock has them. */
  sockets?: number | undefined;
}

/** @throws PommgrError `config.lock` for a lock without a server ID where the config has none either. */
export function resolveHost({ lock: file, ...host }: SiteHost, lock: HostLock | undefined): SubscriptionHost {
  const locked = (lock?.serverIds ?? []).filter(({ product }) => product === host.product);
  const ids = [...(host.serverIds ?? []), ...locked.map(({ serverId }) => serverId)];
  const serverIds = [...new Set(ids.map((id) => id.toUpperCase()))];
  if (serverIds.length > 0) return { ...host, serverIds, ...lockedFacts(lock) };
  throw new PommgrError(
    'config.lock',
    `${file} names no server ID of ${host.product} for the host ${host.name}.`,
    {
      hints: [`Make the lock on the host itself, or set serverIds of ${host.name} in the config.`],
      details: { file: file ?? null, host: host.name, product: host.product },
    },
  );
}

function lockedFacts(
  lock: HostLock | undefined,
): Pick<SubscriptionHost, 'recipients' | 'architecture' | 'sockets'> {
  if (lock === undefined) return { recipients: [] };
  const { ageRecipient, architecture, cpuSockets: sockets } = lock;
  return { recipients: ageRecipient === undefined ? [] : [ageRecipient], architecture, sockets };
}

/** Where Proxmox's packages put the public key that infos are checked with. */
export const proxmoxKeyFile = '/usr/share/keyrings/proxmox-offline-signing-key.pub';

export const subscriptionSettingsSchema = z.strictObject({
  include: z
    .enum(['none', 'site', 'all'])
    .default('site')
    .describe(
      'Which keys pack takes: none, those of the hosts in site, or all that Proxmox Offline Mirror has.',
    ),
  warnDays: z.int().min(0).max(365).default(45).describe('Days left below which a key needs care.'),
  signingKey: path
    .optional()
    .describe(
      'Public key of Proxmox (PEM) that keys are checked with. Default: /usr/share/keyrings/proxmox-offline-signing-key.pub.',
    ),
});
export type SubscriptionSettings = z.infer<typeof subscriptionSettingsSchema>;

/** Makes the paths absolute. */
export function completeSite(site: Site, absolute: (path: string) => string): Site {
  return {
    ...site,
    hosts: site.hosts.map(({ lock, keyFile, ...host }) => ({
      ...host,
      ...(lock === undefined ? {} : { lock: absolute(lock) }),
      ...(keyFile === undefined ? {} : { keyFile: absolute(keyFile) }),
    })),
  };
}

/** Makes the path absolute. */
export function completeSubscriptionSettings(
  { signingKey, ...settings }: SubscriptionSettings,
  absolute: (path: string) => string,
): SubscriptionSettings {
  return signingKey === undefined ? settings : { ...settings, signingKey: absolute(signingKey) };
}

/** Finds hosts that cannot be told apart, and hosts without a server ID. */
export function checkSite({ hosts }: Site): CheckFailure[] {
  return hosts.flatMap((host, index) => [
    ...sameHost(hosts.slice(0, index), host, index),
    ...sameServer(hosts.slice(0, index), host, index),
    ...(host.serverIds === undefined && host.lock === undefined
      ? [{ path: ['site', 'hosts', index], message: 'needs serverIds, or a lock that names them' }]
      : []),
  ]);
}

function sameHost(before: readonly SiteHost[], { name, product }: SiteHost, index: number): CheckFailure[] {
  if (!before.some((host) => host.name === name && host.product === product)) return [];
  const message = `there is a host "${name}" with ${product} already: each needs a name of its own`;
  return [{ path: ['site', 'hosts', index, 'name'], message }];
}

function sameServer(before: readonly SiteHost[], host: SiteHost, index: number): CheckFailure[] {
  const others = before.filter(({ product }) => product === host.product);
  return (host.serverIds ?? []).flatMap((id, position) => {
    const owner = others.find(({ serverIds }) => serverIds?.some((other) => isSameServerId(other, id)));
    if (owner === undefined) return [];
    const message = `the host "${owner.name}" has this server ID already`;
    return [{ path: ['site', 'hosts', index, 'serverIds', position], message }];
  });
}

/** Upper and lower case mean the same. */
export function isSameServerId(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}
