/** Finds services, guests and Ceph daemons on a host that keep running with old files, or are restarted. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import { readNeedrestart } from '../adapters/needrestart.ts';
import { activeUnits, guestsOf, type RunningProcess } from '../adapters/processes.ts';
import { cephDaemons, cephKinds } from '../domain/ceph-daemons.ts';
import type { CephDaemon, Guest, ServiceRestart, StaleService } from '../domain/forecast.ts';
import { staleServices } from '../domain/stale-services.ts';

/** If two packages restart one unit, both are reported. */
export async function findRestarts(
  { kind }: AptRoot,
  restarts: readonly Omit<ServiceRestart, 'isActive'>[],
): Promise<ServiceRestart[]> {
  const units = [...new Set(restarts.map(({ unit }) => unit))].filter((unit) =>
    /^[\w@.:\\-]+\.\w+$/.test(unit),
  );
  const active = kind === 'host' ? await activeUnits(units) : null;
  return restarts.map((restart) => ({
    ...restart,
    isActive: active === null || !units.includes(restart.unit) ? null : active.has(restart.unit),
  }));
}

export async function findStale(
  aptRoot: AptRoot,
  about: {
    processes: readonly RunningProcess[] | null;
    parts: readonly { name: string; files: readonly string[] }[];
    restarts: readonly ServiceRestart[];
  },
): Promise<StaleService[] | null> {
  const { processes, parts, restarts } = about;
  if (processes === null) return null;
  return staleServices(processes, { parts, restarts, needrestart: await readNeedrestart(aptRoot) });
}

const qemuPackages = /^(?:pve-qemu-kvm|qemu-system-(?:x86|arm|common|misc))$/;

/** Guests keep the QEMU that they were started with until they are migrated or started again. */
export function findGuests(plan: UpgradePlan, processes: readonly RunningProcess[] | null): Guest[] {
  const guests = guestsOf(processes ?? []);
  const isReplaced = plan.upgrade.some(({ name }) => qemuPackages.test(name));
  return isReplaced ? guests : guests.filter(({ isStale }) => isStale);
}

export async function findCeph(aptRoot: AptRoot, plan: UpgradePlan): Promise<CephDaemon[]> {
  const directories = new Map<CephDaemon['kind'], string[]>();
  for (const [kind, { directory }] of Object.entries(cephKinds)) {
    const path = await pathInRoot(aptRoot.root, `/var/lib/ceph/${directory}`);
    directories.set(kind as CephDaemon['kind'], await listDirectory(path));
  }
  return cephDaemons(plan, directories);
}
