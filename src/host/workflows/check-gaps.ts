/** Asks the host's apt what a baseline cannot serve here, before anything is switched. */
import { installRefusal, locallyOffered, simulateUpgrade, type AptFiles } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { installedPackages } from '../../apt/adapters/dpkg.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { InstalledPackage } from '../../apt/domain/host.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Target } from '../../apt/domain/target.ts';
import { findGaps, type Gaps } from '../domain/gaps.ts';
import type { PreparedSources } from './prepare-sources.ts';

/**
 * With `files`, apt sees the baseline; `installed` replaces what dpkg knows. A baseline that hides nothing of its mirrors causes no gaps, and the result is
 * empty.
 */
export async function checkGaps(
  aptRoot: AptRoot,
  about: {
    target: Target;
    prepared: PreparedSources;
    files: AptFiles;
    plan?: UpgradePlan;
    installed?: readonly InstalledPackage[] | undefined;
  },
): Promise<Gaps> {
  const { target, prepared, files } = about;
  if (!prepared.hides) return { unserved: [], lost: [], keptBack: [], notInstallable: [] };
  const packages = (about.installed ?? (await installedPackages(aptRoot))).filter(
    ({ status }) => status === 'installed',
  );
  const plan = about.plan ?? (await simulateUpgrade(aptRoot, files));
  const notInstallable: Gaps['notInstallable'] = [];
  for (const name of target.closure?.install ?? []) {
    const why = await installRefusal(aptRoot, name, files);
    if (why !== undefined) notInstallable.push({ name, why });
  }
  const names = packages.map((item) => aptName(item, aptRoot.architecture));
  return findGaps(packages, {
    candidates: prepared.candidates,
    plan,
    offeredBefore: names.length === 0 ? new Set() : await locallyOffered(aptRoot, names),
    notInstallable,
    nativeArchitecture: aptRoot.architecture,
  });
}
