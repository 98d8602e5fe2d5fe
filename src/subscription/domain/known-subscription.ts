/**
 * Describes a subscription key that POM knows: its host, and what its info is worth. Invariant: it holds secrets, and
 * stays within the online side's workflows; `subscription-report.ts` defines what is shown.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import type { PomSubscription } from '../../pom/domain/pom-subscriptions.ts';
import { isSameServerId, type SubscriptionHost } from '../../config/domain/site.ts';
import { parseSubscriptionInfo, type SubscriptionInfo } from './subscription-info.ts';
import {
  judgeMirrorKey,
  judgeSubscription,
  problem,
  unjudged,
  type SubscriptionJudgement,
} from './subscription-judgement.ts';
import { parseSubscriptionKey } from '../../config/domain/subscription-key.ts';

export interface KnownSubscription extends PomSubscription {
  /** Null for one that no host of the config has. */
  host: SubscriptionHost | null;
  /** Null where there is none, or none that can be read. */
  parsed: SubscriptionInfo | null;
  judgement: SubscriptionJudgement;
}

export interface KnowOptions {
  hosts: readonly SubscriptionHost[];
  now: Date;
  publicKeyPem: string | undefined;
}

/** Finds the host and judges the info. */
export function knowSubscription(subscription: PomSubscription, options: KnowOptions): KnownSubscription {
  const { now, publicKeyPem } = options;
  const host = findHost(subscription, options.hosts);
  const known = { ...subscription, host };
  if (subscription.info === null) {
    const missing = problem(
      'no-info',
      'POM has no info of it.',
      'Fetch it with "pommgr subscription register".',
    );
    return { ...known, parsed: null, judgement: unjudged(missing) };
  }
  const parsed = readInfo(subscription.info);
  if (parsed instanceof PommgrError) {
    const malformed = problem('malformed', parsed.message, parsed.hints.join(' '));
    return { ...known, parsed: null, judgement: unjudged(malformed) };
  }
  if (parsed.key !== subscription.key) {
    const text = 'The info that POM has for it is of another key.';
    const other = problem('other-key', text, 'Fetch it anew with "pommgr subscription register".');
    return { ...known, parsed, judgement: unjudged(other) };
  }
  const judgement =
    parseSubscriptionKey(subscription.key)?.product === 'pom'
      ? judgeMirrorKey(parsed, now)
      : judgeSubscription(parsed, {
          now,
          publicKeyPem,
          serverIds: host?.serverIds ?? [subscription.serverId],
          product: host?.product,
          sockets: host?.sockets,
          architecture: host?.architecture,
        });
  return { ...known, parsed, judgement };
}

/** Returns the host with the key's product and the server ID that POM has for it. */
function findHost(
  { key, serverId }: PomSubscription,
  hosts: readonly SubscriptionHost[],
): SubscriptionHost | null {
  const product = parseSubscriptionKey(key)?.product;
  const found = hosts.find(
    (host) => host.product === product && host.serverIds.some((id) => isSameServerId(id, serverId)),
  );
  return found ?? null;
}

function readInfo(text: string): SubscriptionInfo | PommgrError {
  try {
    return parseSubscriptionInfo(text, 'What POM has for it');
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'config.subscription-info') return error;
    throw error;
  }
}
