/** Finds what the host knows about the packages that a plan removes. */
import { realpath } from 'node:fs/promises';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { readInstalledFields } from '../../apt/adapters/installed-fields.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { readInfoFile } from '../adapters/host-files.ts';
import { mergedPath } from '../domain/host-view.ts';
import type { RemovedPackage } from '../domain/refusals.ts';

export async function findRemoved(
  aptRoot: AptRoot,
  plan: UpgradePlan,
  { runningKernel }: { runningKernel: string | null },
): Promise<RemovedPackage[]> {
  if (plan.remove.length === 0) return [];
  const fields = await readInstalledFields(aptRoot);
  // For another root, pommgr runs outside of it.
  const runtime = aptRoot.kind === 'host' ? mergedPath(await realpath(process.execPath)) : null;
  const removed: RemovedPackage[] = [];
  for (const change of plan.remove) {
    const relations = fields.find(({ name }) => name === change.name)?.relations;
    const list = (await readInfoFile(aptRoot, change, 'list'))?.toString('utf8') ?? '';
    const owned = new Set(list.split('\n').map(mergedPath));
    removed.push({
      ...change,
      isEssential: relations?.essential === true || relations?.protected === true,
      isRunningKernel: runningKernel !== null && kernelFiles(runningKernel).some((path) => owned.has(path)),
      isRuntime: runtime !== null && owned.has(runtime),
    });
  }
  return removed;
}

function kernelFiles(version: string): string[] {
  return [`/boot/vmlinuz-${version}`, `/boot/vmlinux-${version}`, `/usr/lib/modules/${version}`];
}
