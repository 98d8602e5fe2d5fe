/** Implements `pommgr subscription status` on the online side: every key that POM knows, and every host without one. */
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Context } from '../../core/domain/progress.ts';
import { keylessEntry, knownEntry } from '../domain/subscription-entry.ts';
import { createReport, type SubscriptionReport } from '../domain/subscription-report.ts';
import { readSiteSubscriptions } from './site-subscriptions.ts';

export interface SubscriptionStatusOptions {
  configFile: string | undefined;
  /** Default: `subscription.warnDays` of the config. */
  warnDays: number | undefined;
  /** Keys in clear. */
  showKeys: boolean;
  context: Context;
}

/** @throws PommgrError `config.*`, `tool.missing` where POM is not there, `tool.*`. */
export async function subscriptionStatus(options: SubscriptionStatusOptions): Promise<SubscriptionReport> {
  const { configFile, showKeys, context } = options;
  const config = await loadConfig(configFile);
  const warnDays = options.warnDays ?? config.subscription.warnDays;
  const now = context.now();
  const { hosts, known, publicKeyPem } = await readSiteSubscriptions(config, now);
  const without = hosts.filter((host) => known.every((subscription) => subscription.host !== host));
  const entryOptions = { now, warnDays, publicKeyPem, showKeys };
  return createReport(
    [...known.map((subscription) => knownEntry(subscription, entryOptions)), ...without.map(keylessEntry)],
    warnDays,
  );
}
