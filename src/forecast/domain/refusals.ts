/** Refuses plans that remove what a host must not lose, whatever else they would do. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { HostLock } from '../../apt/domain/host-lock.ts';
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import type { Refusal } from './forecast.ts';

/** A package that the plan removes, with what the host knows of it. */
export interface RemovedPackage extends PlannedChange {
  /** By the fields Essential and Protected. */
  isEssential: boolean;
  /** Owns the kernel that runs. */
  isRunningKernel: boolean;
  /** Owns the program that runs pommgr. */
  isRuntime: boolean;
}

/** Without these packages, a host is no longer a Proxmox host. */
export const productPackageNames: readonly string[] = [
  ...['proxmox-ve', 'proxmox-backup-server', 'proxmox-mailgateway', 'proxmox-datacenter-manager'],
  ...['pve-manager', 'pmg-api'],
];

export function refusalsOf(plan: UpgradePlan, removed: readonly RemovedPackage[]): Refusal[] {
  return [...removed.flatMap(refusedRemoval), ...plan.jumps.flatMap(refusedJump)];
}

function refusedRemoval(item: RemovedPackage): Refusal[] {
  const { name } = item;
  if (productPackageNames.includes(name))
    return [
      { kind: 'product', package: name, what: `apt would remove ${name}, which makes this a Proxmox host.` },
    ];
  if (item.isRunningKernel)
    return [
      { kind: 'running-kernel', package: name, what: `apt would remove ${name}, the kernel that runs.` },
    ];
  if (name === 'pommgr' || item.isRuntime)
    return [{ kind: 'runtime', package: name, what: `apt would remove ${name}, which pommgr itself needs.` }];
  if (item.isEssential)
    return [{ kind: 'essential', package: name, what: `apt would remove ${name}, which is essential.` }];
  return [];
}

/** A jump is an upgrade of its own: it needs a certain order, and an administrator has to ask for it. */
function refusedJump(jump: UpgradePlan['jumps'][number]): Refusal[] {
  if (jump.kind === 'removal') return [];
  const kind = jump.kind === 'ceph' ? ('ceph' as const) : ('release' as const);
  return [{ kind, package: jump.package, what: jump.what }];
}

/**
 * Returns what the plan removes on a host elsewhere. A kernel is recognised by its package name, which ends in its
 * version.
 */
export function removedOfLock(plan: UpgradePlan, lock: HostLock): RemovedPackage[] {
  const running = lock.boot?.runningKernel ?? null;
  return plan.remove.map((change) => {
    const relations = lock.packages.find(({ name }) => name === change.name)?.relations;
    return {
      ...change,
      isEssential: relations?.essential === true || relations?.protected === true,
      isRunningKernel:
        running !== null &&
        /kernel|linux-image/.test(change.name) &&
        change.name.replace(/-signed$/, '').endsWith(running),
      isRuntime: false,
    };
  });
}
