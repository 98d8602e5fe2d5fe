/** The book of a site: each host that reported, with its forecast and its subscriptions. */
import type { HostOverview } from '../../hosts/domain/host-overview.ts';
import type { SubscriptionEntry } from '../../subscription/domain/subscription-report.ts';
import type { BookEntry, HostChanges } from './report.ts';

/** Forecasts and subscriptions belong to the host of the same name. */
export function bookOf(
  overviews: readonly HostOverview[],
  about: { hosts: readonly HostChanges[]; subscriptions: readonly SubscriptionEntry[] },
): BookEntry[] {
  return overviews.map((overview) => {
    const changes = about.hosts.find(({ name }) => name === overview.name);
    return {
      ...overview,
      forecast: forecastOf(changes),
      subscriptions: about.subscriptions
        .filter(({ host }) => host === overview.name)
        .map(({ product, maskedKey, validUntil, verdict }) => ({ product, maskedKey, validUntil, verdict })),
    };
  });
}

function forecastOf(host: HostChanges | undefined): BookEntry['forecast'] {
  const forecast = host?.forecast ?? null;
  if (forecast === null) return null;
  const { verdict, sources, reboot, conffiles } = forecast;
  return {
    verdict,
    changes: sources.reduce((sum, { changes }) => sum + changes.length, 0),
    reboot: reboot.length > 0,
    prompts: conffiles.prompts.length,
  };
}
