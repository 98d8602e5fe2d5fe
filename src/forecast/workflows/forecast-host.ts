/** Opens the host that a forecast is for: this one, or a remote one of which the lock is known. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { readBootFacts } from '../../apt/adapters/boot-facts.ts';
import { hostName } from '../../apt/adapters/host-facts.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { HostLock } from '../../apt/domain/host-lock.ts';
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import { readKernels } from '../adapters/boot-places.ts';
import { readSources } from '../adapters/installed-sources.ts';
import { noConfOptions } from '../domain/conffile-rule.ts';
import type {
  CephDaemon,
  Guest,
  PackageForecast,
  ServiceRestart,
  SpaceNeed,
  StaleService,
} from '../domain/forecast.ts';
import { viewOfLock, type HostView } from '../domain/host-view.ts';
import type { BootableKernels } from '../domain/reboots.ts';
import { removedOfLock, type RemovedPackage } from '../domain/refusals.ts';
import { findRemoved } from './find-removed.ts';
import { findCeph, findGuests, findRestarts, findStale } from './find-running.ts';
import { findSpace } from './find-space.ts';
import { openHostView } from './open-host-view.ts';
import type { PackagePlaces } from './package-places.ts';

export interface ForecastHost {
  hostName: string;
  root: string | null;
  view: HostView;
  runningKernel: string | null;
  kernels: BootableKernels;
  removed(plan: UpgradePlan): Promise<RemovedPackage[]>;
  /** By name of the binary package. */
  sourcesOf(changes: readonly PlannedChange[]): Promise<ReadonlyMap<string, string>>;
  restarts(restarts: readonly Omit<ServiceRestart, 'isActive'>[]): Promise<ServiceRestart[]>;
  stale(about: Omit<Parameters<typeof findStale>[1], 'processes'>): Promise<StaleService[] | null>;
  guests(plan: UpgradePlan): Guest[];
  ceph(plan: UpgradePlan): Promise<CephDaemon[]>;
  space(
    planned: { plan: UpgradePlan; sizes: UpgradeSizes; places: PackagePlaces },
    parts: readonly Pick<PackageForecast, 'installedBytes' | 'bootFiles'>[],
  ): Promise<SpaceNeed[]>;
  /** Facts about the host that are unknown, one sentence each. */
  unknown: string[];
}

/** Opens the local host. Nothing on it is changed. */
export async function openForecastHost(aptRoot: AptRoot): Promise<ForecastHost> {
  const { view, processes } = await openHostView(aptRoot);
  const { runningKernel } = await readBootFacts(aptRoot);
  const kernels = await readKernels(aptRoot);
  return {
    hostName: await hostName(aptRoot),
    root: aptRoot.root,
    view,
    runningKernel,
    kernels,
    removed: (plan) => findRemoved(aptRoot, plan, { runningKernel }),
    sourcesOf: (changes) => readSources(aptRoot, changes),
    restarts: (restarts) => findRestarts(aptRoot, restarts),
    stale: (about) => findStale(aptRoot, { processes, ...about }),
    guests: (plan) => findGuests(plan, processes),
    ceph: (plan) => findCeph(aptRoot, plan),
    space: (planned, parts) =>
      findSpace(
        { ...planned, aptRoot },
        { parts, kernels, bootFiles: new Map(parts.flatMap((part) => [...part.bootFiles])) },
      ),
    unknown:
      processes === null
        ? ['This root does not run here: services, guests and the running kernel are unknown.']
        : [],
  };
}

/** Returns a remote host. */
export function hostOfLock(lock: HostLock): ForecastHost {
  const runningKernel = lock.boot?.runningKernel ?? null;
  return {
    hostName: lock.hostName,
    root: null,
    view: viewOfLock(lock.changedConffiles ?? [], noConfOptions),
    runningKernel,
    kernels: { versions: [], pinned: null },
    removed: (plan) => Promise.resolve(removedOfLock(plan, lock)),
    sourcesOf: () => Promise.resolve(new Map()),
    restarts: (restarts) => Promise.resolve(restarts.map((restart) => ({ ...restart, isActive: null }))),
    stale: () => Promise.resolve(null),
    guests: () => [],
    ceph: () => Promise.resolve([]),
    space: () => Promise.resolve([]),
    unknown: [
      'The host is elsewhere: its free space, what runs, its answers to debconf and its options of dpkg are unknown.',
      'Changed maintainer scripts, and services that old scripts stop, cannot be told from a lock.',
      'A file on the host where a package brings a configuration file for the first time is not in a lock.',
      ...(lock.changedConffiles === undefined
        ? ['The lock is of version 1 and names no changed configuration files: prompts are unknown.']
        : []),
    ],
  };
}
