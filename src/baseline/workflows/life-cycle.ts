/** Gathers what ends at a site: releases, the mirrors' keys, signing keys; and warns of what ends before the next visit. */
import { mirroredReleases, endOfLifeWarnings, lastDay } from '../../config/domain/ends-of-life.ts';
import { visitDaysOf } from '../../config/domain/site.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { publicKeyFileOf } from '../../trust/domain/signing-key.ts';
import { readPublicKeyFile } from '../../trust/adapters/trusted-keys.ts';
import { readMirrorKeys } from '../adapters/mirror-keys.ts';
import type { Baseline } from '../domain/baseline.ts';
import type { LifeCycleEvent } from '../domain/life-cycle.ts';
import { upstreamKeyEvents, upstreamKeyWarnings } from '../domain/upstream-key-events.ts';

/** `2027-01-15`; null where the config names no interval. */
export function nextVisitOf({ site }: Pick<Config, 'site'>, now: Date): string | null {
  return site.visitEveryDays === undefined ? null : dayAfter(now, site.visitEveryDays);
}

/** What ends: the releases that are mirrored, the keys of the mirrors, the operator's signing keys. */
export async function baselineEvents(
  config: Config,
  baseline: Baseline,
): Promise<Omit<LifeCycleEvent, 'state'>[]> {
  const releases = mirroredReleases(config.mirrors).map(({ title, isCeph, end, ids }) => ({
    ...({ kind: isCeph ? 'ceph' : 'release', subject: title, date: lastDay(end) } as const),
    note: end.note ?? '',
    concerns: ids,
  }));
  const keys = await readMirrorKeys(config.stateDir, baseline);
  return [...releases, ...upstreamKeyEvents(keys), ...(await signingKeyEvents(config))];
}

/** Lines about what is past, or ends before the next visit. */
export async function lifeCycleWarnings(
  config: Config,
  baseline: Baseline | undefined,
  now: Date,
): Promise<string[]> {
  const days = visitDaysOf(config);
  const keys = baseline === undefined ? [] : await readMirrorKeys(config.stateDir, baseline);
  return [
    ...endOfLifeWarnings(config.mirrors, now, days),
    ...upstreamKeyWarnings(keys, { today: dayAfter(now, 0), until: dayAfter(now, days) }),
  ];
}

async function signingKeyEvents({ signing }: Config): Promise<Omit<LifeCycleEvent, 'state'>[]> {
  const events: Omit<LifeCycleEvent, 'state'>[] = [];
  for (const key of signing.privateKeys) {
    const file = typeof key === 'string' ? publicKeyFileOf(key) : key.publicKey;
    const event = { kind: 'signing-key' as const, date: null, concerns: [] };
    try {
      const { keyId } = await readPublicKeyFile(file);
      events.push({ ...event, subject: keyId, note: 'Ed25519, does not expire' });
    } catch (error) {
      if (!(error instanceof PommgrError)) throw error;
      events.push({ ...event, subject: file, note: 'cannot be read' });
    }
  }
  return events;
}

function dayAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
