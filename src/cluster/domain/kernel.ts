/** Finds the kernel that a node boots after its upgrade, from names and versions of Proxmox's kernel packages. */
import { compareKernels } from '../../forecast/domain/reboots.ts';
import type { NodeForecast } from './answers.ts';
import type { Versions } from './plan-answers.ts';

/** `proxmox-kernel-6.17.2-1-pve-signed` installs the kernel 6.17.2-1-pve. */
const kernelPackage = /^(?:proxmox|pve)-kernel-([0-9]+\.[0-9]+\.[0-9]+-[0-9]+-pve)(?:-signed)?$/;
/** `proxmox-kernel-6.17`, whose version is that of the kernel that it depends on. */
const seriesPackage = /^(?:proxmox|pve)-kernel-[0-9]+\.[0-9]+$/;

/**
 * Returns the newest of the running kernel, those that are installed, and those that come with the upgrade. The
 * forecast names the last ones; without it, the candidates of the installed series do. A kernel that is pinned
 * (proxmox-boot-tool(8)) is not known here.
 */
export function plannedKernel(versions: Versions, forecast: NodeForecast | null): string {
  const installed = versions.packages.filter(({ installed: version }) => version !== null);
  const coming =
    forecast === null
      ? installed.flatMap(({ name, offered }) => seriesKernel(name, offered) ?? [])
      : forecast.result.sources
          .flatMap(({ changes }) => changes)
          .filter(({ to }) => to !== null)
          .flatMap(({ name }) => kernelPackage.exec(name)?.[1] ?? []);
  const here = installed.flatMap(({ name }) => kernelPackage.exec(name)?.[1] ?? []);
  const all = [versions.runningKernel, ...here, ...coming].toSorted(compareKernels);
  return all.at(-1) ?? versions.runningKernel;
}

function seriesKernel(name: string, version: string): string | undefined {
  if (!seriesPackage.test(name)) return undefined;
  const release = /^[0-9]+\.[0-9]+\.[0-9]+-[0-9]+/.exec(version)?.[0];
  return release === undefined ? undefined : `${release}-pve`;
}
