/** Gathers the facts that decide where a host is on its way. Changes nothing. */
import { join } from 'node:path';
import { hasDpkgUpdates, hasUnmetDependencies } from '../../apt/adapters/apt-install.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { readBootFacts } from '../../apt/adapters/boot-facts.ts';
import { readInstalledSet } from '../../apt/adapters/installed-set.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { Host } from '../../apt/domain/host.ts';
import type { MarkedPackage } from '../../apt/domain/host-lock.ts';
import type { Stage } from '../../apt/domain/upgrade-way.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { readKernels } from '../../forecast/adapters/boot-places.ts';
import { pendingReboot } from '../../forecast/domain/reboots.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { createCandidates } from '../../mirror/domain/candidates.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { BehindPackage, PositionFacts } from '../domain/position.ts';

export interface ReadPositionOptions {
  aptRoot: AptRoot;
  host: Host;
  stages: readonly Stage[];
  /** Target that apt sees; null where no baseline of this way is applied. */
  applied: string | null;
}

export async function readPositionFacts(
  stored: StoredBaseline,
  { aptRoot, host, stages, applied }: ReadPositionOptions,
): Promise<PositionFacts> {
  const { packages, unfinished } = await readInstalledSet(aptRoot);
  const { runningKernel } = await readBootFacts(aptRoot);
  const [reboot] = pendingReboot(runningKernel, await readKernels(aptRoot));
  const behind = await findBehind(stored, { aptRoot, stages, packages });
  return {
    codename: host.codename,
    stages: stages.map((stage, index) => ({ stage, behind: behind[index] ?? [] })),
    applied,
    unfinished,
    hasDpkgUpdates: await hasDpkgUpdates(aptRoot),
    hasUnmetDependencies: await hasUnmetDependencies(aptRoot),
    rebootDue: reboot?.what ?? null,
  };
}

/** For each stage, the installed packages that are older than its candidates. The list is read once for all stages. */
async function findBehind(
  { directory, baseline, shares }: StoredBaseline,
  {
    aptRoot,
    stages,
    packages,
  }: { aptRoot: AptRoot; stages: readonly Stage[]; packages: readonly MarkedPackage[] },
): Promise<BehindPackage[][]> {
  const native = aptRoot.architecture;
  const known = [native, ...aptRoot.foreignArchitectures];
  const names = new Set(packages.map(({ name }) => name));
  const counted = stages.map(({ target }) => {
    const architectures = target.architectures.filter((name) => known.includes(name));
    return { target, candidates: createCandidates({ ...target, architectures }, baseline.content.mirrors) };
  });
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    if (!names.has(entry.name)) continue;
    const viewers = shares.ofPackage(entry);
    for (const { target, candidates } of counted) if (viewers.includes(target.name)) candidates.add(entry);
  }
  return counted.map(({ candidates }) => {
    const wanted = new Map(candidates.list(native).map((item) => [aptName(item, native), item.version]));
    return packages.flatMap((item) => {
      const name = aptName(item, native);
      const version = wanted.get(name);
      return version !== undefined && compareVersions(item.version, version) < 0
        ? [{ name, installed: item.version, wanted: version }]
        : [];
    });
  });
}
