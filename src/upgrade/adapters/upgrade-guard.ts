/**
 * Guards a begun stage: whoever runs apt meanwhile, a plan that removes what makes this a Proxmox host, the kernel that
 * runs, or pommgr is ended by apt before dpkg starts (DPkg::Pre-Install-Pkgs, apt.conf(5)). Invariant: without the
 * script, which lies in the store, the setting does nothing, so that a removed store never disables apt.
 */
import { join } from 'node:path';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { upgradeGuardFile } from '../../apt/adapters/host-apt-files.ts';
import { makeDirectory, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';
import { productPackageNames } from '../../forecast/domain/refusals.ts';
import { upgradeRunFiles } from '../../store/adapters/upgrade-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { renderGuardSetting, renderGuardScript } from '../domain/guard-texts.ts';

export async function placeUpgradeGuard({
  aptRoot,
  store,
}: {
  aptRoot: AptRoot;
  store: Store;
}): Promise<void> {
  const { directory } = upgradeRunFiles(store);
  const script = join(directory, 'keep-packages');
  await makeDirectory(directory);
  await writeFileAtomic(script, renderGuardScript([...productPackageNames, 'pommgr']), 0o755);
  const setting = await entryInRoot(aptRoot.root, upgradeGuardFile);
  await writeFileAtomic(setting, renderGuardSetting(pathForApt(aptRoot, script)));
}
