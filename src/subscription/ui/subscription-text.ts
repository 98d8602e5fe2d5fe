/** Formats the state of subscription keys for people. */
import type { SubscriptionEntry, SubscriptionReport } from '../domain/subscription-report.ts';
import { printable } from '../../core/domain/printable.ts';
import { formatCount, formatFields } from '../../core/ui/format.ts';

export function subscriptionText({ subscriptions, warnDays }: SubscriptionReport): string {
  if (subscriptions.length === 0) {
    return 'POM knows no subscription keys, and the config names no hosts (site.hosts).';
  }
  const summary = [
    `${formatCount(subscriptions.length, 'subscription key')}:`,
    subscriptions.every(({ verdict }) => verdict === 'good')
      ? `all good for ${warnDays} days or more.`
      : `${verdictCounts(subscriptions).join(', ')}.`,
  ];
  return [...subscriptions.map(entryText), summary.join(' ')].join('\n\n');
}

/** Counts the verdicts that are not good, the worst first. */
function verdictCounts(subscriptions: readonly SubscriptionEntry[]): string[] {
  const count = (wanted: SubscriptionEntry['verdict']): number =>
    subscriptions.filter(({ verdict }) => verdict === wanted).length;
  const parts: [number, string][] = [
    [count('bad'), 'cannot be used'],
    [count('unchecked'), 'could not be checked'],
    [count('care'), 'run out soon'],
  ];
  return parts.filter(([number]) => number > 0).map(([number, text]) => `${number} ${text}`);
}

function entryText(entry: SubscriptionEntry): string {
  const head = `${entry.host ?? 'no host of the config'}: ${entry.key ?? entry.maskedKey ?? 'no key'}`;
  const fields = formatFields({
    Product: productText(entry),
    ...(entry.serverIds.length === 0 ? {} : { 'Server ID': entry.serverIds.join(', ') }),
    ...(entry.owner === null ? {} : { Owner: ownerText(entry) }),
    ...(entry.status === null ? {} : { Status: `${entry.status}, ${signatureTexts[entry.signature]}` }),
    ...(entry.checkTime === null ? {} : { 'Checked on': entry.checkTime }),
    ...(entry.nextDueDate === null ? {} : { 'Next due': entry.nextDueDate }),
    ...(entry.validUntil === null
      ? {}
      : { 'Valid until': `${entry.validUntil} (${daysText(entry.daysLeft)})` }),
  });
  const indented = fields.split('\n').map((line) => `  ${line}`);
  return [printable(head), ...indented.map(printable), ...problemLines(entry)].join('\n');
}

function problemLines({ problems, isActivationExtra, plan }: SubscriptionEntry): string[] {
  const lines = problems.flatMap(({ text, hint }) => [`  ${text}`, `    -> ${hint}`]);
  if (!isActivationExtra) return lines.map(printable);
  return [
    ...lines.map(printable),
    `  With the plan ${planNames[plan ?? 'basic']}, offline activation is an option that is paid for.`,
  ];
}

const planNames = { community: 'Community', basic: 'Basic', standard: 'Standard', premium: 'Premium' };

const signatureTexts: Record<SubscriptionEntry['signature'], string> = {
  good: 'signed by Proxmox',
  bad: 'the signature is wrong',
  none: 'not signed',
  unchecked: 'signed, but not checked',
  packed: 'encrypted; the signature was good when it was packed',
  mirror: "the mirror's own key",
};

const ownerTexts: Record<NonNullable<SubscriptionEntry['owner']>, string> = {
  own: 'own',
  reseller: 'bought through a reseller',
  voucher: 'came as a voucher',
};

function productText({ product, plan, sockets }: SubscriptionEntry): string {
  return [
    product ?? 'unknown',
    ...(plan === null ? [] : [planNames[plan]]),
    ...(sockets === null ? [] : [formatCount(sockets, 'CPU socket')]),
  ].join(', ');
}

function ownerText({ owner, contract, renewal }: SubscriptionEntry): string {
  return [
    ownerTexts[owner ?? 'own'],
    ...(contract === null ? [] : [`contract ${contract}`]),
    ...(renewal === null ? [] : [`renewal ${renewal}`]),
  ].join(', ');
}

function daysText(daysLeft: number | null): string {
  if (daysLeft === null) return 'unknown';
  return daysLeft < 0 ? `over for ${formatCount(-daysLeft, 'day')}` : `${formatCount(daysLeft, 'day')} left`;
}
