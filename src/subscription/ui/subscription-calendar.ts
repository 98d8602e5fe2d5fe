/**
 * Renders the dates of subscription keys as an iCalendar file (RFC 5545). Invariant: it contains no key in clear, and
 * the same report gives the same bytes, because the present time is not in it.
 */
import { createHash } from 'node:crypto';
import type { ICalAlarmType, ICalCalendar } from 'ical-generator';
import type { SubscriptionEntry, SubscriptionReport } from '../domain/subscription-report.ts';

/**
 * Returns an event for the day on which each key expires, and for the day on which its contract is renewed, with
 * reminders. Lines end in CRLF.
 */
export async function subscriptionCalendar({ subscriptions, warnDays }: SubscriptionReport): Promise<string> {
  const { default: createCalendar } = await import('ical-generator');
  const calendar = createCalendar({
    name: 'Subscription keys',
    prodId: { company: 'pommgr', product: 'pommgr', language: 'EN' },
  });
  for (const entry of subscriptions) {
    if (entry.validUntil !== null) {
      addEvent(calendar, entry, {
        kind: 'valid-until',
        date: entry.validUntil.slice(0, 10),
        summary: `${titleOf(entry)} runs out`,
        warnDays,
      });
    }
    if (entry.renewal !== null) {
      const summary = `${titleOf(entry)}: renew the contract${entry.contract === null ? '' : ` ${entry.contract}`}`;
      addEvent(calendar, entry, { kind: 'renewal', date: entry.renewal, summary, warnDays });
    }
  }
  return `${calendar.toString().trimEnd()}\r\n`;
}

interface DayEvent {
  kind: 'valid-until' | 'renewal';
  /** YYYY-MM-DD */
  date: string;
  summary: string;
  warnDays: number;
}

function addEvent(calendar: ICalCalendar, entry: SubscriptionEntry, event: DayEvent): void {
  const start = new Date(`${event.date}T00:00:00Z`);
  const description = [
    `Server ID: ${entry.serverIds.join(', ')}`,
    ...(entry.validUntil === null ? [] : [`Valid until ${entry.validUntil}`]),
    ...(entry.nextDueDate === null ? [] : [`Next due ${entry.nextDueDate}`]),
    'Online: pommgr subscription register, then pommgr subscription pack. On the host: pommgr subscription activate.',
  ].join('\n');
  calendar.createEvent({
    id: `${uidOf(entry, event)}@pommgr`,
    // Time of the shop's last answer.
    stamp: new Date(entry.checkTime ?? start),
    start,
    end: new Date(start.getTime() + dayMs),
    allDay: true,
    timezone: 'UTC',
    summary: event.summary,
    description,
    alarms: [{ type: displayAlarm, trigger: event.warnDays * daySeconds, description: event.summary }],
  });
}

const dayMs = 86_400_000;
const daySeconds = 86_400;
const displayAlarm = 'display' as ICalAlarmType.display;

function titleOf({ host, product, maskedKey }: SubscriptionEntry): string {
  return [`Subscription ${maskedKey ?? product ?? ''}`, ...(host === null ? [] : [`of ${host}`])].join(' ');
}

/** Returns the same UID for the same key and kind of event, so that a newer calendar replaces it. */
function uidOf({ from, host, product, maskedKey, serverIds }: SubscriptionEntry, { kind }: DayEvent): string {
  const facts = JSON.stringify([from, host, product, maskedKey, serverIds, kind]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 32);
}
