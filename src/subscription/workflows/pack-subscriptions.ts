/**
 * Implements `pommgr subscription pack`: packs only the hosts' subscriptions, so that a refreshed key needs no new
 * baseline.
 */
import { keyPlaceOf } from '../../config/domain/key-setting.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { type AskPassphrase, openKeys } from '../../trust/adapters/signing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { SubscriptionPack } from '../domain/subscription-pack.ts';
import { requireOwnFileSystem } from '../../medium/adapters/medium-place.ts';
import { lockPath } from '../../medium/adapters/medium-lock.ts';
import { planSiteSubscriptions } from './plan-subscriptions.ts';
import { writeSubscriptions } from './write-subscriptions.ts';
import { chooseRuntime, planRuntime } from '../../medium/workflows/write-runtime.ts';
import { writeTop } from '../../medium/workflows/write-tool.ts';

export interface PackSubscriptionsOptions {
  configFile: string | undefined;
  media: string;
  /** Whether `media` may be on the file system of `/` or of the mirrors. Default: no. */
  allowLocal?: boolean;
  dryRun?: boolean;
  askPassphrase?: AskPassphrase;
  context: Context;
}

export interface PackSubscriptionsResult {
  media: string;
  /** Fingerprints of the keys that sign them. */
  signers: string[];
  subscriptions: SubscriptionPack;
}

/** @throws PommgrError `config.subscriptions` where there is nothing to pack, `refused.local-medium`; as `pack`. */
export async function packSubscriptions(options: PackSubscriptionsOptions): Promise<PackSubscriptionsResult> {
  const { media, dryRun, context } = options;
  const config = await loadConfig(options.configFile);
  if (options.allowLocal !== true) await requireOwnFileSystem(media, config);
  await listMedium(media);
  const keys = await openKeys(config, options.askPassphrase);
  const plan = await planSiteSubscriptions(config, { isRequired: true, context });
  if (plan === null || plan.hosts.every(({ infos }) => infos.length === 0)) throw nothingToPack(config.file);
  const work = { media, keys, dryRun, context };
  const runtime = await planRuntime(await chooseRuntime(false, context), work);
  const write = async (): Promise<SubscriptionPack> => {
    if (dryRun !== true)
      await writeTop({ ...work, keyFiles: config.signing.privateKeys.map(keyPlaceOf), runtime });
    const written = await writeSubscriptions(plan, work);
    if (written === null) throw nothingToPack(config.file);
    return written;
  };
  return {
    media,
    signers: keys.map(({ publicKey }) => publicKey.fingerprint),
    subscriptions:
      dryRun === true
        ? await write()
        : await withLock(await lockPath(config, media), `the medium ${media}`, write),
  };
}

function nothingToPack(file: string): PommgrError {
  return new PommgrError('config.subscriptions', 'There is no usable subscription info to pack.', {
    hints: [
      `Name the hosts in site.hosts of ${file}; subscription.include must not be none.`,
      'See what is wrong with each key: pommgr subscription status.',
    ],
    details: { file },
  });
}
