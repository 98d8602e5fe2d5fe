/** Formats what `pack` did with subscription keys, for people. */
import type { SubscriptionPack } from '../domain/subscription-pack.ts';
import { formatCount, formatFields } from '../../core/ui/format.ts';

/** Returns the output text of `subscription pack`. */
export function subscriptionPackText({
  media,
  signers,
  subscriptions,
}: {
  media: string;
  signers: readonly string[];
  subscriptions: SubscriptionPack;
}): string {
  const lines = {
    packed: `Packed the subscriptions onto ${media}. Unmount the medium before you take it out.`,
    unchanged: `The subscriptions are on ${media} already; nothing was written.`,
    planned: 'Would pack the subscriptions. Nothing was changed: this was a dry run.',
    none: 'There was no usable subscription info to pack.',
  };
  const { hosts, directory, nextVisit } = subscriptions;
  const rows = hosts.map((host) => `  ${hostText(host)}`);
  const fields = formatFields({
    ...(directory === null ? {} : { Directory: directory }),
    'Signed by': signers.join(', '),
    ...(nextVisit === null ? {} : { 'Next visit': nextVisit }),
    ...removedField(subscriptions),
  });
  return [lines[subscriptions.outcome], fields, ...rows].join('\n');
}

/** Returns the fields of a pack with a bundle. */
export function subscriptionPackFields(subscriptions: SubscriptionPack | null): Record<string, string> {
  if (subscriptions === null) return {};
  const infos = subscriptions.hosts.reduce((sum, host) => sum + host.infos, 0);
  const served = subscriptions.hosts.filter((host) => host.infos > 0).length;
  const lines = {
    packed: '',
    unchanged: ', there already',
    planned: ', would be written',
    none: ', nothing was written',
  };
  const what = `${formatCount(infos, 'key')} for ${served} of ${formatCount(subscriptions.hosts.length, 'host')}`;
  return { Subscriptions: `${what}${lines[subscriptions.outcome]}`, ...removedField(subscriptions) };
}

function removedField({ removed }: SubscriptionPack): Record<string, string> {
  return removed.length === 0 ? {} : { Replaces: removed.join(', ') };
}

function hostText({
  name,
  product,
  infos,
  isEncrypted,
  validUntil,
}: SubscriptionPack['hosts'][number]): string {
  if (infos === 0) return `${name} (${product}): no usable key`;
  const how = isEncrypted ? 'encrypted' : 'not encrypted';
  return `${name} (${product}): ${formatCount(infos, 'key')}, ${how}, valid until ${validUntil ?? ''}`;
}
