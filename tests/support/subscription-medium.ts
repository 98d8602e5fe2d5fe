/** Media with signed subscriptions, as `pack` writes them; what the infos say need not be true. */
import { join } from 'node:path';
import { encryptToRecipients } from '../../src/trust/adapters/age-encryption.ts';
import { makeDirectory } from '../../src/core/adapters/atomic-files.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { createSigningKey, openSigningKey, type SigningKey } from '../../src/trust/adapters/signing.ts';
import { subscriptionSetPlace } from '../../src/subscription/adapters/subscription-medium.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { subscriptionSetName, type SubscriptionSet } from '../../src/subscription/domain/subscription-set.ts';
import { dueDate, type SubscriptionInfo } from '../../src/subscription/domain/subscription-info.ts';
import { maskSubscriptionKey, type SubscriptionProduct } from '../../src/config/domain/subscription-key.ts';
import { scratchDirectory } from './scratch.ts';
import { serverId } from './product-host.ts';

export interface BroughtSubscription {
  /** Default: `host`. */
  name?: string;
  /** Default: pve. */
  product?: SubscriptionProduct;
  /** Default: the one of the hosts of product-host.ts. */
  serverId?: string;
  /** What lies in the info's file. */
  info: SubscriptionInfo | string;
  /** Encrypts it. */
  recipient?: string;
}

export async function createOperatorKey(): Promise<SigningKey> {
  const file = join(await scratchDirectory(), 'signing-key.pem');
  await createSigningKey(file);
  return openSigningKey(file);
}

/** The set's document and its files. */
export async function packedSet(
  brought: readonly BroughtSubscription[],
  {
    created = '2026-11-20T08:00:00Z',
    nextVisit = '2027-02-20',
  }: { created?: string; nextVisit?: string } = {},
): Promise<{ set: SubscriptionSet; files: Map<string, Buffer> }> {
  const hosts: SubscriptionSet['hosts'] = [];
  const files = new Map<string, Buffer>();
  for (const [index, one] of brought.entries()) {
    const { name = 'host', product = 'pve', recipient, info } = one;
    const plain = Buffer.from(typeof info === 'string' ? info : JSON.stringify(info));
    const data = recipient === undefined ? plain : await encryptToRecipients(plain, [recipient]);
    const file = `infos/${String(index + 1).padStart(4, '0')}.${recipient === undefined ? 'json' : 'age'}`;
    files.set(file, data);
    const known = hosts.find((host) => host.name === name && host.product === product);
    const host = known ?? {
      name,
      product,
      serverIds: [one.serverId ?? serverId],
      owner: 'own' as const,
      infos: [],
    };
    if (known === undefined) hosts.push(host);
    host.infos.push({
      ...{ file, sizeBytes: data.length, sha256: sha256Hex(data) },
      encryption: recipient === undefined ? 'none' : 'age',
      recipients: recipient === undefined ? [] : [recipient],
      maskedKey: typeof info === 'string' ? '****' : maskSubscriptionKey(info.key),
      ...{ plan: 'basic', sockets: product === 'pve' ? 2 : null, status: 'active' },
      checkTime: '2026-10-22T10:00:00Z',
      nextDueDate: typeof info === 'string' ? null : dueDate(info),
      validUntil: '2027-05-01T00:00:00Z',
      serverId: one.serverId ?? serverId,
    });
  }
  const set: SubscriptionSet = { schema: 'pommgr/subscriptions/v1', created, nextVisit, hosts };
  return { set, files };
}

/** Puts a signed set onto a medium, a new one where none is named; returns the medium. */
export async function bringSubscriptions(
  key: SigningKey,
  brought: readonly BroughtSubscription[],
  options: { media?: string; created?: string } = {},
): Promise<string> {
  const media = options.media ?? (await scratchDirectory());
  const { set, files } = await packedSet(brought, options);
  await makeDirectory(join(media, 'subscriptions'));
  const all = new Map([['subscriptions.json', Buffer.from(canonicalJson(set))], ...files]);
  await writeSignedDirectory(subscriptionSetPlace(media, subscriptionSetName(set.created)), all, [key]);
  return media;
}
