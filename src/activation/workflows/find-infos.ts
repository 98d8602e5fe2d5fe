/** Finds the infos for a host: in the newest signed set that names it, else in what POM put on the medium. */
import { below, pathOf } from '../../core/domain/place.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { readAgeIdentities } from '../../store/adapters/age-identity.ts';
import type { Store } from '../../store/adapters/store.ts';
import {
  listSubscriptions,
  openSubscriptions,
  readInfo,
  readMirrorState,
  mirrorStatePlace,
} from '../../subscription/adapters/subscription-medium.ts';
import { readKeptInfo } from '../../store/adapters/subscription-state.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import type { OfferedInfo } from '../domain/activation.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parseSubscriptionInfo } from '../../subscription/domain/subscription-info.ts';
import { parseSubscriptionKey, type SubscriptionProduct } from '../../config/domain/subscription-key.ts';

/** An info with its description; only those for this host are read, because it may lack the key for others. */
interface BroughtInfo {
  /** Null for one that cannot be read. */
  product: SubscriptionProduct | 'pom' | null;
  serverId: string | null;
  read(): Promise<OfferedInfo>;
}

/** Infos of one source; sources in the order of precedence. */
export type BroughtInfos = BroughtInfo[][];

/** @throws PommgrError `trust.*`, `integrity.*` for a medium that is not as it was signed, `usage.media`. */
export async function findInfos({
  media,
  root,
  store,
}: {
  media: string;
  root: string;
  store: Store;
}): Promise<BroughtInfos> {
  await listMedium(media);
  const identities = await readAgeIdentities(store);
  const found: BroughtInfos = [];
  if ((await listSubscriptions(media)).sets.length > 0) {
    for (const packed of await openSubscriptions(media, await readHostTrust(root))) {
      const infos = packed.set.hosts.flatMap(({ product, infos: packedInfos }) =>
        packedInfos.map((info) => ({
          product,
          serverId: info.serverId,
          read: async () => ({
            where: pathOf(below(packed.signed.directory, info.file)),
            text: await readInfo(packed, info, identities),
          }),
        })),
      );
      found.push(infos);
    }
  }
  const texts = (await readMirrorState(media)) ?? [];
  return [
    ...found,
    texts.map((text, index) => broughtText(text, `${pathOf(mirrorStatePlace(media))}, entry ${index + 1}`)),
  ];
}

/** Returns what the store kept of the last activation. */
export async function findKeptInfos(
  store: Store,
  products: readonly SubscriptionProduct[],
): Promise<BroughtInfos> {
  const infos: BroughtInfo[] = [];
  for (const product of products) {
    const kept = await readKeptInfo(store, product);
    if (kept !== undefined) infos.push(broughtText(kept.text, kept.file));
  }
  return [infos];
}

/**
 * Returns those for a product of a host that answers to one of the server IDs.
 * @throws PommgrError `trust.subscription-missing`, `trust.subscription-server`, `trust.subscription-product` when
 *   there are none.
 */
export async function infosForHost(
  brought: BroughtInfos,
  { product, serverIds }: { product: SubscriptionProduct; serverIds: readonly string[] },
): Promise<OfferedInfo[]> {
  const isOurs = ({ serverId }: BroughtInfo): boolean =>
    serverId !== null && serverIds.includes(serverId.toUpperCase());
  for (const infos of brought) {
    const ours = infos.filter((info) => isOurs(info) && info.product === product);
    if (ours.length > 0) return readAll(ours);
  }
  const all = brought.flat();
  const unreadable = all.filter((info) => info.product === null);
  if (unreadable.length > 0) return readAll(unreadable);
  const others = all.filter(isOurs).map((info) => info.product);
  if (others.length > 0) throw noneForProduct(product, others);
  const elsewhere = all.filter((info) => info.product === product).length;
  throw elsewhere > 0 ? noneForServer(product, elsewhere) : noneAtAll(product);
}

async function readAll(infos: readonly BroughtInfo[]): Promise<OfferedInfo[]> {
  const offered: OfferedInfo[] = [];
  for (const info of infos) offered.push(await info.read());
  return offered;
}

function broughtText(text: string, where: string): BroughtInfo {
  const read = async () => Promise.resolve({ where, text });
  try {
    const { key, serverid } = parseSubscriptionInfo(text, where);
    return { product: parseSubscriptionKey(key)?.product ?? null, serverId: serverid ?? null, read };
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'config.subscription-info') throw error;
    return { product: null, serverId: null, read };
  }
}

function noneAtAll(product: SubscriptionProduct): PommgrError {
  return new PommgrError(
    'trust.subscription-missing',
    `There is no subscription info for ${product}: expected one for this host, found none.`,
    {
      hints: [
        'Bring a medium that "pommgr subscription pack" filled, and name it with --media.',
        'Check that the config of the online side names this host in site.hosts.',
      ],
      details: { product },
    },
  );
}

function noneForServer(product: SubscriptionProduct, found: number): PommgrError {
  return new PommgrError(
    'trust.subscription-server',
    `No subscription info for ${product} is for this server: expected its server ID, found ${found} for other servers.`,
    {
      hints: [
        'Run "pommgr host lock" here and compare its server IDs with those of the online side (site.hosts).',
        'After a reinstall the key has to be reissued in the shop, then registered again.',
      ],
      details: { product, found },
    },
  );
}

function noneForProduct(
  product: SubscriptionProduct,
  found: readonly (SubscriptionProduct | 'pom' | null)[],
): PommgrError {
  const products = [...new Set(found)].join(', ');
  return new PommgrError(
    'trust.subscription-product',
    `The subscription infos for this server are for ${products}: expected one for ${product}.`,
    { hints: ['Assign a key of this product to the host on the online side.'], details: { product, found } },
  );
}
