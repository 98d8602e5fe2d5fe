/** Lists the Ceph daemons of a node for its plan, and what its absence does to the MONs. */
import type { CephPlanStatus, CephDaemon, Versions } from './plan-answers.ts';
import type { PlannedDaemon } from './plan.ts';

/** What is known of the Ceph of a cluster. */
export interface KnownCeph {
  status: CephPlanStatus;
  daemons: readonly CephDaemon[];
  activeManager: string;
}

/** Packages whose version is that of the daemons. */
const cephPackages = ['ceph', 'ceph-base', 'ceph-common'];
const kindOrder = ['mon', 'mgr', 'osd', 'mds'];

/** In the order in which Ceph wants them restarted: MON, MGR, OSD, MDS. */
export function plannedDaemons(
  node: string,
  { ceph, versions }: { ceph: KnownCeph | null; versions: Versions | null },
): PlannedDaemon[] {
  if (ceph === null) return [];
  const offered = versions?.packages.find(
    ({ name, installed }) => cephPackages.includes(name) && installed !== null,
  )?.offered;
  return ceph.daemons
    .filter((daemon) => daemon.node === node)
    .toSorted(
      (a, b) =>
        kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) ||
        a.id.localeCompare(b.id, 'en', { numeric: true }),
    )
    .map(({ kind, id, version }) => ({
      name: `${kind}.${id}`,
      version,
      isActive: isActive({ kind, id }, ceph),
      isRestarted: offered === undefined ? null : upstreamVersion(offered) !== version,
    }));
}

/** `19.2.3-pve1` and `1:19.2.3-pve1` are what Ceph prints as `19.2.3`. */
function upstreamVersion(version: string): string {
  return version.replace(/^[0-9]+:/, '').replace(/-[^-]*$/, '');
}

/** An OSD has no role that another one takes over. */
function isActive({ kind, id }: Pick<CephDaemon, 'kind' | 'id'>, ceph: KnownCeph): boolean {
  if (kind === 'mgr') return ceph.activeManager === id;
  if (kind === 'mon') return ceph.status.quorum_names.includes(id);
  return kind === 'mds' && activeMds(ceph).includes(id);
}

function activeMds({ status }: KnownCeph): string[] {
  return status.fsmap.by_rank.filter((rank) => rank.status === 'up:active').map(({ name }) => name);
}

/** Returns the problem that the MONs have without the node; none for enough of them, or without Ceph. */
export function monitorProblems(node: string, ceph: KnownCeph | null): string[] {
  if (ceph === null) return [];
  const own = ceph.daemons.filter((daemon) => daemon.kind === 'mon' && daemon.node === node);
  const left = ceph.status.quorum_names.filter((name) => own.every(({ id }) => id !== name)).length;
  const all = ceph.status.monmap.num_mons;
  return left * 2 > all ? [] : [`only ${left} of ${all} MONs are left in quorum without it`];
}

/** Returns the problem that no standby takes over an active MDS of the node. */
export function metadataProblems(node: string, ceph: KnownCeph | null): string[] {
  if (ceph === null) return [];
  const active = activeMds(ceph);
  const own = ceph.daemons.filter(
    (daemon) => daemon.kind === 'mds' && daemon.node === node && active.includes(daemon.id),
  );
  const standby = ceph.daemons.filter(
    (daemon) => daemon.kind === 'mds' && daemon.node !== node && !active.includes(daemon.id),
  );
  return standby.length >= own.length ? [] : ['no standby MDS of another node takes over its active one'];
}
