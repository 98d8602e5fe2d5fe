/**
 * Implements `pommgr subscription activate` and `apply --activate`: offered infos -> active subscription keys.
 * Invariant: nothing on the host changes before the info was checked, and what a product refuses is undone.
 */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { readProxmoxKey } from '../../subscription/adapters/proxmox-key.ts';
import { locateStore, type Store } from '../../store/adapters/store.ts';
import type { ActivationReport, ProductActivation } from '../../host/domain/activation-report.ts';
import type { Recovered } from '../../host/domain/recovered.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { hostKind, type Host } from '../../apt/domain/host.ts';
import { productTools } from '../../subscription/domain/product-tool.ts';
import { subscriptionProductSchema, type SubscriptionProduct } from '../../config/domain/subscription-key.ts';
import { activateProduct } from './activate-product.ts';
import { findInfos, findKeptInfos } from './find-infos.ts';
import { recover } from '../../host/workflows/recover.ts';
import { warnOfInterrupted, withLockedStore, type StoreOptions } from '../../host/workflows/work-on-store.ts';

export interface ActivateOptions extends StoreOptions {
  /** Default: the info that the store kept of the last activation. */
  media?: string | undefined;
  /** Default: all products of the host. */
  products?: readonly SubscriptionProduct[] | undefined;
  /** PEM file. Default: the host's own copy of Proxmox's key. */
  signingKey?: string | undefined;
  /** Time limit for each run of a product's tool. Default: a minute. */
  limitSeconds?: number | undefined;
}

/** @throws PommgrError `usage.product` for a host without such a product; `trust.*`, `integrity.*` for the medium. */
export async function activate(options: ActivateOptions): Promise<ActivationReport> {
  const { dryRun = false, context } = options;
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  const aptRoot = await openAptRoot(root);
  if (dryRun) {
    await warnOfInterrupted(store, context);
    return activateOn({ store, aptRoot, recovered: null }, options);
  }
  await checkProducts(aptRoot, options);
  return withLockedStore(store, async () => {
    const recovered = await recover(store, root, context);
    return activateOn({ store, aptRoot, recovered }, options);
  });
}

export interface ActivateAt {
  /** Locked, unless nothing is to change. */
  store: Store;
  aptRoot: AptRoot;
  recovered: Recovered | null;
}

/** Handles one product after the other; a failure of one does not stop the next. */
export async function activateOn(
  { store, aptRoot, recovered }: ActivateAt,
  options: ActivateOptions,
): Promise<ActivationReport> {
  const { media, dryRun = false, limitSeconds, context } = options;
  const { root } = aptRoot;
  const { products, installed } = await checkProducts(aptRoot, options);
  const publicKeyPem = await readProxmoxKey(options.signingKey, { root });
  const brought =
    media === undefined ? await findKeptInfos(store, products) : await findInfos({ media, root, store });
  const done: ProductActivation[] = [];
  for (const product of products) {
    done.push(
      await activateProduct(productTools[product], {
        ...{ store, aptRoot, installed, brought, publicKeyPem, limitSeconds, dryRun, context },
      }),
    );
  }
  return { root, store: store.directory, media: media ?? null, products: done, error: null, recovered };
}

async function checkProducts(aptRoot: AptRoot, { products: wanted }: ActivateOptions) {
  const facts = await hostFacts(aptRoot);
  const host = hostKind(facts);
  const there = subscriptionProductSchema.options.filter((product) => host.products.includes(product));
  const products = wanted ?? there;
  const missing = products.find((product) => !there.includes(product));
  if (missing !== undefined || products.length === 0) throw noProduct(host, missing);
  return { products, installed: facts.installed };
}

function noProduct({ products }: Host, missing: SubscriptionProduct | undefined): PommgrError {
  const expected = missing ?? 'pve, pbs or pmg';
  return new PommgrError(
    'usage.product',
    `This host has no subscription key to activate: expected ${expected}, found ${products.join(', ')}.`,
    {
      hints: [
        'Only Proxmox VE, Proxmox Backup Server and Proxmox Mail Gateway have keys of their own.',
        'Run it on the host itself, or name its root with --root.',
      ],
      details: { expected: missing ?? null, found: products },
    },
  );
}
