/**
 * Sums the sizes of what an apt plan brings and removes: apt-cache(8) knows the new packages, dpkg-query(1) the old
 * ones.
 */
import { aptName } from '../domain/apt-policy.ts';
import type { UpgradePlan } from '../domain/apt-simulation.ts';
import {
  parseShownSizes,
  upgradeSizes,
  type PackageSizes,
  type UpgradeSizes,
} from '../domain/upgrade-sizes.ts';
import { fileOptions, type AptFiles } from './apt.ts';
import { hasDpkgDatabase, runApt, runDpkg, type AptRoot } from './apt-root.ts';

/** With `files`, apt reads those instead of the root's own. @throws PommgrError `tool.apt`, `tool.dpkg`. */
export async function sizesOfPlan(
  aptRoot: AptRoot,
  plan: UpgradePlan,
  files: AptFiles = {},
): Promise<UpgradeSizes> {
  const wanted = plan.incoming.map((change) => `${aptName(change, aptRoot.architecture)}=${change.to}`);
  const offered = new Map<string, PackageSizes>();
  for (let start = 0; start < wanted.length; start += packagesAtOnce) {
    const batch = wanted.slice(start, start + packagesAtOnce);
    const { stdout } = await runApt(aptRoot, [
      'apt-cache',
      'show',
      ...fileOptions(aptRoot, files),
      '--',
      ...batch,
    ]);
    for (const [key, sizes] of parseShownSizes(stdout)) offered.set(key, sizes);
  }
  return upgradeSizes(plan, { offered, installed: await installedSizes(aptRoot) });
}

const packagesAtOnce = 500;

async function installedSizes(aptRoot: AptRoot): Promise<Map<string, number>> {
  if (!(await hasDpkgDatabase(aptRoot))) return new Map();
  const format = '${Package} ${Architecture}\t${Installed-Size}\n';
  const { stdout } = await runDpkg(aptRoot, 'dpkg-query', ['--show', `--showformat=${format}`]);
  const lines = stdout.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [name = '', kibibytes = ''] = line.split('\t');
      return [name, (Number(kibibytes) || 0) * 1024];
    }),
  );
}
