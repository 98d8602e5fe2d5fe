/**
 * Chooses which infos `pack` takes for which host, and what it warns about. Pure. Invariant: it takes only infos that a
 * host can use, apart from a signature that cannot be checked here.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { KnownSubscription } from './known-subscription.ts';
import type { SubscriptionHost, SubscriptionSettings } from '../../config/domain/site.ts';
import { dueDate, type SubscriptionInfo } from './subscription-info.ts';
import {
  maskSubscriptionKey,
  parseSubscriptionKey,
  type SubscriptionProduct,
} from '../../config/domain/subscription-key.ts';
import { hostId, type PackedHost, type PackedInfo } from './subscription-set.ts';
import { formatTime } from '../../core/domain/time.ts';

export interface SubscriptionPlan {
  /** YYYY-MM-DD; null where the config does not say how often somebody visits. */
  nextVisit: string | null;
  /** Sorted by name and product. */
  hosts: PlannedHost[];
  warnings: string[];
}

export interface PlannedHost extends Omit<PackedHost, 'infos'> {
  /** Recipients to which its infos are encrypted. */
  recipients: string[];
  infos: PlannedInfo[];
}

export interface PlannedInfo {
  /** Secret: POM's very text. */
  text: string;
  about: Omit<PackedInfo, 'file' | 'sizeBytes' | 'sha256' | 'encryption' | 'recipients'>;
}

export interface PlanOptions {
  include: Exclude<SubscriptionSettings['include'], 'none'>;
  visitEveryDays: number | undefined;
  /** Time from which the days until the next visit are counted. */
  packedAt: Date;
}

export function planSubscriptions(
  { hosts, known }: { hosts: readonly SubscriptionHost[]; known: readonly KnownSubscription[] },
  { include, visitEveryDays, packedAt }: PlanOptions,
): SubscriptionPlan {
  const planned = [
    ...hosts.map((host) =>
      siteHost(
        host,
        known.filter((subscription) => subscription.host === host),
      ),
    ),
    ...(include === 'all' ? otherHosts(known) : []),
  ].toSorted((a, b) => compareText(hostId(a), hostId(b)));
  const nextVisit =
    visitEveryDays === undefined
      ? null
      : formatTime(new Date(packedAt.getTime() + visitEveryDays * dayMs)).slice(0, 10);
  const warnings = [
    ...hosts.flatMap((host) =>
      keylessWarnings(
        host,
        known.filter((one) => one.host === host),
      ),
    ),
    ...planned.flatMap((host) => visitWarnings(host, nextVisit)),
    ...sharedIdWarnings(hosts),
    ...uncheckedWarnings(known),
    ...clearWarnings(planned),
  ];
  return { nextVisit, hosts: planned, warnings };
}

const dayMs = 86_400_000;

function siteHost(host: SubscriptionHost, known: readonly KnownSubscription[]): PlannedHost {
  const { name, product, serverIds, owner, contract, renewal, recipients } = host;
  return {
    ...{ name, product, serverIds: serverIds.toSorted(compareText), owner },
    ...(contract === undefined ? {} : { contract }),
    ...(renewal === undefined ? {} : { renewal }),
    recipients,
    infos: plannedInfos(known),
  };
}

/** Hosts of keys that the config does not name, by their server ID. */
function otherHosts(known: readonly KnownSubscription[]): PlannedHost[] {
  const servers = new Map<string, KnownSubscription[]>();
  for (const one of known) {
    const id = `${productOf(one)} ${one.serverId.toUpperCase()}`;
    if (one.host === null) servers.set(id, [...(servers.get(id) ?? []), one]);
  }
  return [...servers.values()].flatMap((subscriptions): PlannedHost[] => {
    const [first] = subscriptions;
    const product = first === undefined ? undefined : productOf(first);
    const infos = plannedInfos(subscriptions);
    if (first === undefined || product === undefined || infos.length === 0) return [];
    const serverId = first.serverId.toUpperCase();
    const name = `${product}-${serverId.slice(0, 8).toLowerCase()}`;
    return [{ name, product, serverIds: [serverId], owner: null, recipients: [], infos }];
  });
}

function productOf({ key }: KnownSubscription): SubscriptionProduct | undefined {
  const product = parseSubscriptionKey(key)?.product;
  return product === 'pom' ? undefined : product;
}

function plannedInfos(known: readonly KnownSubscription[]): PlannedInfo[] {
  return known
    .flatMap((one): PlannedInfo[] => {
      const { info: text, parsed, judgement } = one;
      if (text === null || parsed === null || !isPackable(one)) return [];
      const about = aboutInfo(parsed, judgement.validUntil);
      return about === undefined ? [] : [{ text, about }];
    })
    .toSorted(
      (a, b) =>
        compareText(b.about.validUntil, a.about.validUntil) ||
        compareText(a.about.maskedKey, b.about.maskedKey) ||
        compareText(a.text, b.text),
    );
}

/** If a signature cannot be checked here, the host will check it. */
function isPackable({ judgement }: KnownSubscription): boolean {
  return judgement.problems.every(({ code }) => code === 'signature-unchecked');
}

function aboutInfo(info: SubscriptionInfo, validUntil: string | null): PlannedInfo['about'] | undefined {
  const { key, status, checktime, serverid } = info;
  if (validUntil === null || typeof checktime !== 'number' || typeof serverid !== 'string') return undefined;
  const shape = parseSubscriptionKey(key);
  return {
    maskedKey: maskSubscriptionKey(key),
    plan: shape?.plan ?? null,
    sockets: shape?.sockets ?? null,
    status: status.toLowerCase(),
    checkTime: formatTime(new Date(checktime * 1000)),
    nextDueDate: dueDate(info),
    validUntil,
    serverId: serverid,
  };
}

function keylessWarnings({ name, product }: SubscriptionHost, known: readonly KnownSubscription[]): string[] {
  if (known.some(isPackable)) return [];
  if (known.length === 0) return [`${name} (${product}) has no usable key: POM knows none for it.`];
  return known.map(({ key, judgement }) => {
    const [first] = judgement.problems.filter(({ code }) => code !== 'signature-unchecked');
    return `${name} (${product}) has no usable key: ${maskSubscriptionKey(key)}. ${first?.text ?? ''} ${first?.hint ?? ''}`.trim();
  });
}

function visitWarnings({ name, product, infos }: PlannedHost, nextVisit: string | null): string[] {
  const [best] = infos;
  if (nextVisit === null || best === undefined || best.about.validUntil.slice(0, 10) > nextVisit) return [];
  const { maskedKey, validUntil } = best.about;
  return [
    `${name} (${product}): the key ${maskedKey} runs out on ${validUntil.slice(0, 10)}, before the next planned visit (${nextVisit}).`,
  ];
}

/** Clones share a machine ID or an SSH host key: a key may then be packed, and encrypted, for the wrong one. */
function sharedIdWarnings(hosts: readonly SubscriptionHost[]): string[] {
  return hosts.flatMap((host, index) => {
    const twin = hosts
      .slice(0, index)
      .find(
        ({ product, serverIds }) =>
          product === host.product && serverIds.some((id) => host.serverIds.includes(id)),
      );
    if (twin === undefined) return [];
    return [
      `${twin.name} and ${host.name} (${host.product}) share a server ID, as clones do: a key for it goes to ${twin.name}. Give one of them an SSH host key and a machine ID of its own, and lock it again.`,
    ];
  });
}

function uncheckedWarnings(known: readonly KnownSubscription[]): string[] {
  const unchecked = known.flatMap(({ judgement }) =>
    judgement.problems.filter(({ code }) => code === 'signature-unchecked'),
  );
  const [first] = unchecked;
  return first === undefined ? [] : [`The infos' signatures were not checked. ${first.text} ${first.hint}`];
}

function clearWarnings(hosts: readonly PlannedHost[]): string[] {
  const clear = hosts.filter(({ recipients, infos }) => recipients.length === 0 && infos.length > 0);
  if (clear.length === 0) return [];
  const names = clear.map(({ name, product }) => `${name} (${product})`).join(', ');
  return [
    `Not encrypted on the medium: ${names}. A key with its server ID is a login: whoever has the medium has it. ` +
      'Bring back a host lock ("pommgr host lock") and name it in site.hosts, then the infos are encrypted to the host.',
  ];
}
