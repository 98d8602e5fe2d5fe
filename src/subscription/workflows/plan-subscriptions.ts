/** Plans the packing of subscriptions: which infos of which hosts. Warns about missing ones; changes nothing. */
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { planSubscriptions, type SubscriptionPlan } from '../domain/subscription-plan.ts';
import { readSiteSubscriptions, type SiteSubscriptions } from './site-subscriptions.ts';

interface PlanOptions {
  /** Whether it is an error that POM, which keeps the keys, is missing. */
  isRequired: boolean;
  context: Context;
}

/** Returns null where the config wants none on media, or names no hosts. @throws PommgrError `config.*`, `tool.*`. */
export async function planSiteSubscriptions(
  config: Config,
  { isRequired, context }: PlanOptions,
): Promise<SubscriptionPlan | null> {
  const { include } = config.subscription;
  if (include === 'none' || (include === 'site' && config.site.hosts.length === 0)) return null;
  const found = await readSubscriptions(config, { isRequired, context });
  if (found === undefined) return null;
  const { visitEveryDays } = config.site;
  const plan = planSubscriptions(found, { include, visitEveryDays, packedAt: context.timestamp() });
  for (const warning of plan.warnings) context.progress.warn(warning);
  return plan;
}

/** A bundle can be packed without POM; a warning says that the keys stay behind. */
async function readSubscriptions(
  config: Config,
  { isRequired, context }: PlanOptions,
): Promise<SiteSubscriptions | undefined> {
  try {
    return await readSiteSubscriptions(config, context.now());
  } catch (error) {
    if (isRequired || !(error instanceof PommgrError) || error.code !== 'tool.missing') throw error;
    context.progress.warn(`No subscription key is packed. ${error.message} ${error.hints.join(' ')}`);
    return undefined;
  }
}
