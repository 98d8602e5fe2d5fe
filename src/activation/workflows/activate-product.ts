/** Activates one product's subscription key: ask, choose, compare, set. Changes nothing until the info was checked. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import type { Store } from '../../store/adapters/store.ts';
import { askProduct } from '../../host/adapters/product-facts.ts';
import { hasTool } from '../../host/adapters/subscription-tools.ts';
import type { ProductActivation } from '../../host/domain/activation-report.ts';
import { chooseInfo, reasonToKeep, shownAnswer, shownInfo } from '../domain/activation.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { InstalledPackage } from '../../apt/domain/host.ts';
import type { ProductTool } from '../../subscription/domain/product-tool.ts';
import type { Context } from '../../core/domain/progress.ts';
import { infosForHost, type BroughtInfos } from './find-infos.ts';
import { setSubscription } from './set-subscription.ts';

export interface ActivateProductOptions {
  store: Store;
  aptRoot: AptRoot;
  installed: readonly InstalledPackage[];
  brought: BroughtInfos;
  /** Proxmox's key; undefined where the host has none. */
  publicKeyPem: string | undefined;
  limitSeconds?: number | undefined;
  dryRun: boolean;
  context: Context;
}

/** A failure goes into the report, so that the other products follow; an interruption is thrown. */
export async function activateProduct(
  tool: ProductTool,
  options: ActivateProductOptions,
): Promise<ProductActivation> {
  const { product } = tool;
  options.context.progress.step(`Activating the subscription key of ${product}`);
  try {
    return await activate(tool, options);
  } catch (error) {
    if (!(error instanceof PommgrError) || error.family === 'interrupted' || error.family === 'bug')
      throw error;
    if (error.code === 'state.interrupted') throw error;
    const { code, message, hints } = error;
    return { product, outcome: 'failed', status: null, subscription: null, error: { code, message, hints } };
  }
}

async function activate(tool: ProductTool, options: ActivateProductOptions): Promise<ProductActivation> {
  const { aptRoot, limitSeconds, publicKeyPem, context } = options;
  const { product } = tool;
  checkVersion(tool, options.installed);
  if (!(await hasTool(aptRoot, tool))) throw noTool(tool);
  const { answer: active, serverIds, sockets } = await askProduct(aptRoot, tool, { limitSeconds, context });
  const chosen = chooseInfo(await infosForHost(options.brought, { product, serverIds }), {
    ...{ now: context.now(), publicKeyPem, serverIds, product, active, sockets },
    architecture: aptRoot.architecture,
  });
  const status = active?.status ?? null;
  const keep = reasonToKeep(active, chosen);
  if (keep === 'kept' && active !== null) {
    return { product, outcome: keep, status, subscription: shownAnswer(active), error: null };
  }
  const subscription = shownInfo(chosen.info);
  if (keep === 'unchanged') return { product, outcome: keep, status, subscription, error: null };
  if (options.dryRun) return { product, outcome: 'would-activate', status, subscription, error: null };
  const after = await setSubscription(chosen, { ...options, tool });
  return { product, outcome: 'activated', status: after.status, subscription, error: null };
}

function checkVersion(tool: ProductTool, installed: readonly InstalledPackage[]): void {
  const found = installed.find(({ name, status }) => name === tool.package && status === 'installed');
  if (found !== undefined && compareVersions(found.version, tool.minimumVersion) >= 0) return;
  throw new PommgrError(
    'refused.version',
    `Offline subscription keys need ${tool.package} ${tool.minimumVersion} or newer, found ${found?.version ?? 'none'}.`,
    {
      hints: ['Upgrade the host to its baseline first ("apt-get dist-upgrade"), then activate the key.'],
      details: {
        package: tool.package,
        expected: tool.minimumVersion,
        found: found?.version ?? null,
      },
    },
  );
}

function noTool({ product, program, package: name }: ProductTool): PommgrError {
  return new PommgrError(
    'tool.missing',
    `The program ${program} is missing, although this is a ${product} host.`,
    {
      hints: [`Reinstall its package: "apt-get install --reinstall ${name}".`],
      details: { program },
    },
  );
}
