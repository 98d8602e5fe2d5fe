/** Gathers the life cycle of a site for the report: what the baseline's room knows, subscriptions, and the next visit. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { orderEvents, type LifeCycleEvent } from '../../baseline/domain/life-cycle.ts';
import { baselineEvents, nextVisitOf } from '../../baseline/workflows/life-cycle.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { SubscriptionEntry } from '../../subscription/domain/subscription-report.ts';
import { subscriptionStatus } from '../../subscription/workflows/subscription-status.ts';

type Event = Omit<LifeCycleEvent, 'state'>;

/** Days are counted from the time that is written into the report. */
export async function gatherLifeCycle(
  config: Config,
  { baseline, context }: { baseline: Baseline; context: Context },
): Promise<{ nextVisit: string | null; lifeCycle: LifeCycleEvent[]; subscriptions: SubscriptionEntry[] }> {
  const made = context.timestamp();
  const nextVisit = nextVisitOf(config, made);
  const { events, subscriptions } = await readSubscriptions(config, context);
  const visit: Event[] =
    nextVisit === null
      ? []
      : [{ kind: 'visit', subject: nextVisit, date: nextVisit, note: '', concerns: [] }];
  const all = [...(await baselineEvents(config, baseline)), ...events, ...visit];
  return {
    nextVisit,
    subscriptions,
    lifeCycle: orderEvents(all, { today: formatTime(made).slice(0, 10), nextVisit }),
  };
}

/** A site without hosts in its config has no subscriptions; keys that cannot be read are an event without a date. */
export async function readSubscriptions(
  { file, site }: Config,
  context: Context,
): Promise<{ events: Event[]; subscriptions: SubscriptionEntry[] }> {
  if (site.hosts.length === 0) return { events: [], subscriptions: [] };
  const contracts = site.hosts.flatMap(({ name, contract, renewal }): Event[] =>
    renewal === undefined
      ? []
      : [{ kind: 'contract', subject: contract ?? name, date: renewal, note: '', concerns: [name] }],
  );
  try {
    const options = { configFile: file, warnDays: undefined, showKeys: false, context };
    const { subscriptions } = await subscriptionStatus(options);
    return { events: [...contracts, ...subscriptions.flatMap(subscriptionEvents)], subscriptions };
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family === 'interrupted') throw error;
    const subject = site.hosts.map(({ name }) => name).join(', ');
    const unread: Event = { kind: 'subscription', subject, date: null, note: error.message, concerns: [] };
    return { events: [...contracts, unread], subscriptions: [] };
  }
}

function subscriptionEvents({
  host,
  maskedKey,
  nextDueDate,
  validUntil,
  problems,
}: SubscriptionEntry): Event[] {
  const concerns = host === null ? [] : [host];
  const subject = maskedKey ?? host ?? '';
  const note = problems.map(({ text }) => text).join(' ');
  if (maskedKey === null) return [{ kind: 'subscription', subject, date: null, note, concerns }];
  const due: Event = {
    kind: 'subscription',
    subject,
    date: nextDueDate?.slice(0, 10) ?? null,
    note,
    concerns,
  };
  const info: Event = { ...due, kind: 'subscription-info', date: validUntil?.slice(0, 10) ?? null, note: '' };
  return validUntil === null ? [due] : [due, info];
}
