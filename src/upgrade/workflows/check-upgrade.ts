/** Implements `pommgr upgrade-release check`: facts -> report. Changes nothing. */
import { hostFacts, hostName } from '../../apt/adapters/host-facts.ts';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { hostKind } from '../../apt/domain/host.ts';
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { gather, type Asking } from '../adapters/ask-root.ts';
import { readMachineFacts } from '../adapters/machine-facts.ts';
import { readPackageFacts } from '../adapters/package-facts.ts';
import { readProductFacts } from '../adapters/product-facts.ts';
import { readTexts } from '../adapters/text-facts.ts';
import { judgeUpgrade } from '../domain/checks/all.ts';
import type { CheckReport } from '../domain/checks/check-report.ts';
import type { Phase, UpgradeHost } from '../domain/checks/facts.ts';
import { newRelease, oldRelease } from '../domain/checks/release.ts';
import { readNextPackages } from './read-next-packages.ts';

export interface CheckUpgradeOptions {
  root?: string | undefined;
  store?: string | undefined;
  context: Context;
}

/** @throws PommgrError `trust.target` on a host of another release than Debian 12 and 13. */
export async function checkUpgrade({ root, store, context }: CheckUpgradeOptions): Promise<CheckReport> {
  const { progress, signal, now } = context;
  const aptRoot = await openAptRoot(await namedRoot(root));
  const { products, codename, architecture } = hostKind(await hostFacts(aptRoot));
  const phase = phaseOf(codename);
  const host: UpgradeHost = { hostName: await hostName(aptRoot), products, codename, architecture, phase };
  const asking: Asking = { aptRoot, now, signal };
  progress.step('Asking dpkg and apt');
  const packageFacts = await readPackageFacts(asking);
  const nextPackages = await gather("the store's baselines", asking, () =>
    readNextPackages({ root: aptRoot.root, store }, host),
  );
  progress.step('Looking at the machine');
  const machineFacts = await readMachineFacts(asking);
  const productFacts = await readProductFacts(asking);
  progress.step('Asking the tools of the host, of which pve8to9 may take minutes');
  const texts = await readTexts(products, asking);
  const facts = { ...packageFacts, ...machineFacts, ...productFacts };
  return judgeUpgrade({ now: now(), host, texts, nextPackages, ...facts });
}

function phaseOf(codename: string): Phase {
  if (codename === oldRelease) return 'before';
  if (codename === newRelease) return 'after';
  throw new PommgrError(
    'trust.target',
    `The checks are for the upgrade from ${oldRelease} to ${newRelease}: expected a host of one of these, found ${codename}.`,
    { hints: ['An older host has to reach Debian 12 first, one release at a time.'], details: { codename } },
  );
}
