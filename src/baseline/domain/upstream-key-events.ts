/** What happens to the keys that sign the mirrors: when they expire, and when hosts refuse them for what they are. */
import { refusalOf, type SignerKey } from '../../upstream/domain/host-key-policy.ts';
import type { LifeCycleEvent } from './life-cycle.ts';

export interface MirrorKey extends SignerKey {
  /** `2027-03-31`; null where it does not expire. */
  expires: string | null;
  isRevoked: boolean;
  mirrors: string[];
  /** Whether hosts of trixie, whose apt verifies with sqv, use one of these mirrors. */
  isForSqv: boolean;
}

export function upstreamKeyEvents(keys: readonly MirrorKey[]): Omit<LifeCycleEvent, 'state'>[] {
  return keys.flatMap((key) => {
    const { fingerprint, algorithms, expires, isRevoked, mirrors } = key;
    const made = algorithms.join(', ');
    const event = { kind: 'upstream-key', subject: fingerprint, concerns: mirrors } as const;
    const end = { ...event, date: expires, note: isRevoked ? `${made}; revoked` : made };
    const refusal = key.isForSqv ? refusalOf(key) : undefined;
    if (refusal === undefined) return [end];
    return [end, { ...event, kind: 'key-policy', date: refusal.since, note: made }];
  });
}

/** What to tell beside other work about keys that end by `until`; a key without an end is told nothing of. */
export function upstreamKeyWarnings(
  keys: readonly MirrorKey[],
  { today, until }: { today: string; until: string },
): string[] {
  return keys.flatMap(({ fingerprint, expires, isRevoked, mirrors }) => {
    const signs = `${fingerprint}, which signs ${mirrors.join(', ')},`;
    if (isRevoked) return [`The key ${signs} is revoked. ${renew}`];
    if (expires === null || expires > until) return [];
    if (expires <= today)
      return [`The key ${signs} expired on ${expires}: hosts refuse these mirrors. ${renew}`];
    return [`The key ${signs} expires on ${expires}; hosts refuse these mirrors from then on. ${renew}`];
  });
}

const renew = 'Put the renewed keyring into the config and take a snapshot with it.';
