/** Builds the entries of a report, one for each key, from POM's data or from a medium. */
import type { KnownSubscription } from './known-subscription.ts';
import type { SubscriptionHost } from '../../config/domain/site.ts';
import { dueDate, isInfoSignatureGood, isSigned, type SubscriptionInfo } from './subscription-info.ts';
import {
  daysUntil,
  isOnlyUnchecked,
  hostProblems,
  judgeSubscription,
  overProblems,
  problem,
  type SubscriptionJudgement,
  type SubscriptionProblem,
} from './subscription-judgement.ts';
import {
  isOfflineActivationExtra,
  maskSubscriptionKey,
  parseSubscriptionKey,
} from '../../config/domain/subscription-key.ts';
import type { SubscriptionEntry } from './subscription-report.ts';
import type { PackedHost, PackedInfo } from './subscription-set.ts';
import { formatTime } from '../../core/domain/time.ts';

export interface EntryOptions {
  now: Date;
  warnDays: number;
  publicKeyPem: string | undefined;
  /** Keys in clear. */
  showKeys: boolean;
}

/** The machine on which a medium is looked at, where the info is for it. */
export interface ThisHost {
  sockets: number | undefined;
  architecture: string;
}

/** Returns the entry for a key that POM knows. */
export function knownEntry(known: KnownSubscription, options: EntryOptions): SubscriptionEntry {
  const { host, parsed, judgement } = known;
  return {
    from: 'pom',
    ...hostFields(host),
    ...keyFields(known.key, options.showKeys),
    serverIds: [known.serverId],
    ...infoFields(parsed, options.publicKeyPem),
    ...(parseSubscriptionKey(known.key)?.product === 'pom' ? { signature: 'mirror' as const } : {}),
    ...outcome(judgement, { nextDueDate: parsed === null ? null : dueDate(parsed), host, ...options }),
  };
}

/** Returns the entry for a host that has no key at all. */
export function keylessEntry(host: SubscriptionHost): SubscriptionEntry {
  const hint =
    'Register one with "pommgr subscription register": keyFile in site.hosts names the file with it.';
  const text = `POM knows no key for ${host.product} with this server ID.`;
  return {
    from: 'pom',
    ...hostFields(host),
    maskedKey: null,
    ...{ product: host.product, plan: null, sockets: null, isActivationExtra: false },
    serverIds: host.serverIds,
    ...infoFields(null, undefined),
    ...{ validUntil: null, daysLeft: null, verdict: 'bad', problems: [problem('no-key', text, hint)] },
  };
}

/** Returns the entry for an info that lies on a medium in clear; `host` is null for one of POM's own. */
export function clearEntry(
  parsed: SubscriptionInfo,
  host: PackedHost | null,
  options: EntryOptions & { here?: ThisHost | undefined },
): SubscriptionEntry {
  const judgement = judgeSubscription(parsed, {
    ...options,
    ...options.here,
    serverIds: host?.serverIds,
    product: host?.product,
  });
  return {
    from: host === null ? 'mirror-state' : 'medium',
    ...hostFields(host),
    ...keyFields(parsed.key, options.showKeys),
    serverIds: typeof parsed.serverid === 'string' ? [parsed.serverid] : [],
    ...infoFields(parsed, options.publicKeyPem),
    ...outcome(judgement, { nextDueDate: dueDate(parsed), host, ...options }),
  };
}

/** Returns the entry for an info that only its host can read, from what the signed document says about it. */
export function encryptedEntry(
  info: PackedInfo,
  host: PackedHost,
  options: EntryOptions & { here?: ThisHost | undefined },
): SubscriptionEntry {
  const { maskedKey, plan, sockets, status, checkTime, nextDueDate, validUntil, serverId } = info;
  const shape = { product: host.product, plan, sockets, isArm: maskedKey.includes('-arm-') };
  const problems = [
    ...hostProblems(shape, { ...options.here, masked: maskedKey }),
    ...overProblems(validUntil, options.now),
  ];
  const judgement: SubscriptionJudgement = {
    usable: problems.length === 0,
    ...{ problems, validUntil, daysLeft: daysUntil(validUntil, options.now) },
  };
  return {
    from: 'medium',
    ...hostFields(host),
    ...{ maskedKey, product: host.product, plan, sockets, isActivationExtra: isOfflineActivationExtra(plan) },
    ...{ serverIds: [serverId], status, signature: 'packed', checkTime, nextDueDate },
    ...outcome(judgement, { nextDueDate, host, ...options }),
  };
}

/** Returns the entry for a file that should be an info and is not. */
export function malformedEntry(
  from: SubscriptionEntry['from'],
  host: PackedHost | null,
  why: SubscriptionProblem,
): SubscriptionEntry {
  return {
    from,
    ...hostFields(host),
    maskedKey: null,
    ...{ product: host?.product ?? null, plan: null, sockets: null, isActivationExtra: false },
    serverIds: host?.serverIds ?? [],
    ...infoFields(null, undefined),
    ...{ validUntil: null, daysLeft: null, verdict: 'bad', problems: [why] },
  };
}

type Owner = Pick<PackedHost, 'name' | 'owner' | 'contract' | 'renewal'> | SubscriptionHost;

function hostFields(host: Owner | null) {
  return {
    host: host?.name ?? null,
    owner: host?.owner ?? null,
    contract: host?.contract ?? null,
    renewal: host?.renewal ?? null,
  };
}

function keyFields(key: string, showKeys: boolean) {
  const shape = parseSubscriptionKey(key);
  const { product = null, plan = null, sockets = null } = shape ?? {};
  const shown = showKeys ? { key } : {};
  const isActivationExtra = isOfflineActivationExtra(plan);
  return { maskedKey: maskSubscriptionKey(key), ...shown, product, plan, sockets, isActivationExtra };
}

function infoFields(info: SubscriptionInfo | null, publicKeyPem: string | undefined) {
  const checked = info?.checktime;
  return {
    status:
      info === null ? null : /^[A-Za-z]{1,20}$/.test(info.status) ? info.status.toLowerCase() : 'unknown',
    signature: signatureState(info, publicKeyPem),
    checkTime: typeof checked === 'number' ? formatTime(new Date(checked * 1000)) : null,
    nextDueDate: info === null ? null : dueDate(info),
  };
}

function signatureState(
  info: SubscriptionInfo | null,
  publicKeyPem: string | undefined,
): 'good' | 'bad' | 'none' | 'unchecked' {
  if (info === null || !isSigned(info)) return 'none';
  if (publicKeyPem === undefined) return 'unchecked';
  return isInfoSignatureGood(info, publicKeyPem) ? 'good' : 'bad';
}

interface OutcomeOptions extends EntryOptions {
  nextDueDate: string | null;
  host: Owner | null;
}

function outcome({ usable, problems, validUntil, daysLeft }: SubscriptionJudgement, options: OutcomeOptions) {
  if (!usable) {
    const verdict = isOnlyUnchecked(problems) ? ('unchecked' as const) : ('bad' as const);
    return { validUntil, daysLeft, verdict, problems };
  }
  if (daysLeft === null || daysLeft >= options.warnDays) {
    return { validUntil, daysLeft, verdict: 'good' as const, problems };
  }
  const text = `It runs out in ${daysLeft} days, fewer than ${options.warnDays}.`;
  const soon = problem('runs-out', text, renewalHint(validUntil, options));
  return { validUntil, daysLeft, verdict: 'care' as const, problems: [soon] };
}

/** Tells whether the subscription itself ends then, or only the last check becomes too old. */
function renewalHint(validUntil: string | null, { nextDueDate, host }: OutcomeOptions): string {
  const refresh = 'refresh the key ("pommgr subscription register"), pack it, and activate it on the host.';
  const isDue = typeof nextDueDate === 'string' && validUntil?.startsWith(nextDueDate) === true;
  if (!isDue) return `Online, ${refresh}`;
  const through = host?.owner === 'reseller' ? ' through its reseller' : '';
  const contract = host?.contract === undefined ? '' : ` (contract ${host.contract})`;
  return `Renew the subscription${through}${contract}; then ${refresh}`;
}
