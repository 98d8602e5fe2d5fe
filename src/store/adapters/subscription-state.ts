/**
 * Keeps the files in which a product has its subscription: they are saved before pommgr changes them and restored
 * unchanged. It also keeps the info that was activated last. Invariant: all of it is in the store's `secrets/`, for
 * root only.
 */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { keptSubscriptionKind, type KeptSubscription } from '../domain/kept-subscription.ts';
import { subscriptionFiles, type ProductTool } from '../../subscription/domain/product-tool.ts';
import type { SubscriptionProduct } from '../../config/domain/subscription-key.ts';
import { resolveInRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import {
  pathExists,
  removeDurably,
  removeTemporaries,
  writeFileAtomic,
  writeFileWithOwner,
} from '../../core/adapters/atomic-files.ts';
import { readJsonFile, writeJsonFile } from '../../core/adapters/json-file.ts';
import { makeSecrets, type Store } from './store.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';

type FoundFile = KeptSubscription['files'][number]['found'];

/** The largest info that is kept. */
const maxInfoBytes = 1024 * 1024;

/** Saves the present files; an earlier copy for the product is replaced. */
export async function keepSubscription(store: Store, aptRoot: AptRoot, tool: ProductTool): Promise<void> {
  const { product } = tool;
  const files: KeptSubscription['files'] = [];
  for (const path of subscriptionFiles(tool)) files.push({ path, found: await readFound(aptRoot, path) });
  await makeSecrets(store);
  const kept: KeptSubscription = { schema: 'pommgr/kept-subscription/v1', product, files };
  await writeJsonFile(keptPath(store, product), kept, 0o600);
}

/** Restores each file with its owner and mode; repeating it changes nothing. */
export async function putBackSubscription(
  store: Store,
  aptRoot: AptRoot,
  product: SubscriptionProduct,
): Promise<void> {
  const { files } = await readJsonFile(keptPath(store, product), keptSubscriptionKind);
  for (const { path, found } of files) {
    const place = (await resolveInRoot(aptRoot, path)) ?? (await entryInRoot(aptRoot.root, path));
    await removeTemporaries(dirname(place), (name) => name === basename(place));
    if (JSON.stringify(await readFound(aptRoot, path)) === JSON.stringify(found)) continue;
    if (found === null) {
      await removeDurably(place);
      continue;
    }
    const { mode, uid, gid, content } = found;
    await writeFileWithOwner(place, { data: Buffer.from(content, 'base64'), mode, owner: { uid, gid } });
  }
}

/** Stores an activated info, so that it can be activated again without its medium. */
export async function keepInfo(store: Store, product: SubscriptionProduct, text: string): Promise<void> {
  await makeSecrets(store);
  await writeFileAtomic(infoPath(store, product), text, 0o600);
}

/** Returns the info that was activated last; undefined where there is none. `file` names it in messages. */
export async function readKeptInfo(
  store: Store,
  product: SubscriptionProduct,
): Promise<{ file: string; text: string } | undefined> {
  const file = infoPath(store, product);
  if (!(await pathExists(file))) return undefined;
  return { file, text: (await readPlainFile(file, maxInfoBytes)).toString('utf8') };
}

async function readFound(aptRoot: AptRoot, path: string): Promise<FoundFile> {
  const place = await resolveInRoot(aptRoot, path);
  if (place === undefined) return null;
  const { mode, uid, gid } = await stat(place);
  return { mode: mode & 0o777, uid, gid, content: (await readPlainFile(place)).toString('base64') };
}

function keptPath(store: Store, product: SubscriptionProduct): string {
  return join(store.secrets, `subscription-before-${product}.json`);
}

function infoPath(store: Store, product: SubscriptionProduct): string {
  return join(store.secrets, `subscription-info-${product}.json`);
}
