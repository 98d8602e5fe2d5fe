/** Formats the results of `host trust`, `distrust` and `list` for people. */
import type { HostDrift, HostOverview } from '../domain/host-overview.ts';
import { formatCount, formatFields, formatTable } from '../../core/ui/format.ts';

/** The shapes that the workflow returns. */
interface ShownTrust {
  outcome: 'trusted' | 'distrusted' | 'unchanged';
  keyId: string;
  fingerprint: string;
}

/** A host with what later rooms know of it. */
interface ShownHost extends HostOverview {
  forecast: { verdict: 'go' | 'stop'; changes: number; reboot: boolean; prompts: number } | null;
  subscriptions: readonly { maskedKey: string | null; validUntil: string | null; verdict: string }[];
}

export function hostTrustText({ outcome, keyId, fingerprint }: ShownTrust): string {
  const lines = {
    trusted:
      'The receipts of this host count from now on. Compare the fingerprint with the one that\n"pommgr apply --receipt" showed on the host.',
    distrusted: 'The receipts of this host no longer count.',
    unchanged: 'The receipts of this host counted already.',
  };
  return `${lines[outcome]}\n${formatFields({ 'Key id': keyId, Fingerprint: fingerprint })}`;
}

export function trustedHostsText(
  list: {
    directory: string;
    keys: readonly { keyId: string; fingerprint: string }[];
    distrusted: readonly string[];
    hosts: readonly ShownHost[];
  },
  now: Date,
): string {
  const rows = [
    ...list.keys.map(({ keyId, fingerprint }) => [keyId, 'trusted', fingerprint]),
    ...list.distrusted.map((fingerprint) => [fingerprint.slice(0, 16), 'distrusted', fingerprint]),
  ];
  if (rows.length === 0) return `No host is trusted: there is no key in ${list.directory}.`;
  const keys = formatTable(['KEY ID', 'STATE', 'FINGERPRINT'], rows, { lead: ['KEY ID', 'STATE'] });
  return [keys, ...list.hosts.map((host) => hostText(host, now))].join('\n\n');
}

/** Formats a host as a paragraph: a table with all of this would not fit into 80 columns. */
function hostText(host: ShownHost, now: Date): string {
  const { keyId, name, products, baseline, reported, drift, wishes, forecast, subscriptions } = host;
  return formatFields({
    Host: name === '' ? keyId : `${name} (${keyId})`,
    Products: products.join(', ') || '-',
    Baseline: baseline ?? 'none',
    Reported: `${reported}, ${daysText(reported, now)}`,
    Drift: drift === null ? 'unknown' : driftText(drift),
    ...(forecast === null ? {} : { Forecast: forecastText(forecast) }),
    ...(subscriptions.length === 0 ? {} : { Subscriptions: subscriptions.map(subscriptionText).join(', ') }),
    Wishes: wishes.join(', ') || 'none',
  });
}

function daysText(time: string, now: Date): string {
  const days = Math.floor((now.getTime() - Date.parse(time)) / 86_400_000);
  return days < 1 ? 'today' : `${formatCount(days, 'day')} ago`;
}

function driftText({ behind, ahead, foreign }: HostDrift): string {
  if (behind + ahead + foreign === 0) return 'none';
  return `${formatCount(behind, 'package')} older, ${ahead} newer, ${foreign} not in the baseline`;
}

function forecastText({ verdict, changes, reboot, prompts }: NonNullable<ShownHost['forecast']>): string {
  const risks = [
    ...(verdict === 'stop' ? ['stop'] : []),
    ...(reboot ? ['reboot'] : []),
    ...(prompts === 0 ? [] : [formatCount(prompts, 'configuration prompt')]),
  ];
  return [`${formatCount(changes, 'package')} to change`, ...risks].join(', ');
}

function subscriptionText({ maskedKey, validUntil, verdict }: ShownHost['subscriptions'][number]): string {
  return `${maskedKey ?? 'no key'} (${verdict}${validUntil === null ? '' : `, until ${validUntil.slice(0, 10)}`})`;
}
