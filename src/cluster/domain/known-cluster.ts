/** Puts together what is known of the cluster as a whole. Invariant: no plan is made while any of it is unknown. */
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import type { ClusterStatus, Guest, HaStatus, Resources } from './answers.ts';
import { knownTogether } from './check.ts';
import type { SharedStorages } from './guest-config.ts';
import type { KnownCeph } from './plan-ceph.ts';
import type { PlanFacts } from './plan-facts.ts';
import type { Quorum } from './quorum.ts';

export interface KnownCluster {
  here: string;
  status: ClusterStatus;
  quorum: Quorum;
  /** Null where HA manages nothing. */
  ha: HaStatus | null;
  haMaster: string | null;
  resources: Resources;
  storages: SharedStorages;
  /** Null where the cluster has no Ceph. */
  ceph: KnownCeph | null;
}

/** Returns the reasons where a fact is unknown. */
export function knownCluster(facts: PlanFacts): { cluster: KnownCluster } | { problems: string[] } {
  const { now } = facts;
  const whole = knownTogether(
    [
      ...([facts.here, facts.clusterStatus, facts.quorum, facts.haResources] as const),
      ...([facts.resources, facts.storages, facts.hasCeph] as const),
    ],
    now,
  );
  if ('problems' in whole) return whole;
  const [here, status, quorum, haResources, resources, storages, hasCeph] = whole.values;
  const ha = haResources.length === 0 ? null : knownTogether([facts.haStatus, facts.haMaster], now);
  const ceph = hasCeph ? knownCeph(facts) : null;
  const problems = [ha, ceph].flatMap((part) => (part !== null && 'problems' in part ? part.problems : []));
  if (problems.length > 0) return { problems };
  const [haStatus, haMaster] = ha !== null && 'values' in ha ? ha.values : [null, null];
  return {
    cluster: {
      ...{ here, status, quorum, resources, storages, ha: haStatus, haMaster },
      ceph: ceph !== null && 'ceph' in ceph ? ceph.ceph : null,
    },
  };
}

function knownCeph(facts: PlanFacts): { ceph: KnownCeph } | { problems: string[] } {
  const known = knownTogether(
    [
      ...([facts.cephStatus, facts.activeManager, facts.monitors] as const),
      ...([facts.managers, facts.metadataServers, facts.osds] as const),
    ],
    facts.now,
  );
  if ('problems' in known) return known;
  const [status, activeManager, ...daemons] = known.values;
  return { ceph: { status, activeManager, daemons: daemons.flat() } };
}

/** Services of HA on a node; none where HA manages nothing. */
export function haServicesOn(node: string, { ha }: KnownCluster): number {
  if (ha === null) return 0;
  return entriesOf(ha.manager_status.service_status).filter(([, service]) => service.node === node).length;
}

/** Services are named `vm:100`, `ct:101` (ha-manager(1)). */
export function isHaService({ vmid, type }: Pick<Guest, 'vmid' | 'type'>, { ha }: KnownCluster): boolean {
  const sid = `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
  return ha !== null && valueOf(ha.manager_status.service_status, sid) !== undefined;
}
