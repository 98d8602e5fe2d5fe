/**
 * Facts -> the plan of a rollout. The order: nodes with a MON before others, because Ceph wants its MONs upgraded first;
 * then those with less to move, which are free for the guests of the next ones; nodes with an active MDS after nodes
 * with standbys; HA's master, and last the node that one works on.
 */
import { formatBytes } from '../../core/domain/byte-size.ts';
import { formatTime } from '../../core/domain/time.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { knownCluster, type KnownCluster } from './known-cluster.ts';
import type { PlanFacts } from './plan-facts.ts';
import { planNode, type PlanOptions } from './plan-node.ts';
import type { ClusterPlan, PlannedNode } from './plan.ts';

export function planRollout(facts: PlanFacts, options: PlanOptions): ClusterPlan {
  const { now, here } = facts;
  const head = { here: here.isKnown ? here.value : null, plannedAt: formatTime(now) };
  const known = knownCluster(facts);
  if ('problems' in known) return { ...head, verdict: 'stop', nodes: [], problems: known.problems };
  const { cluster } = known;
  const nodes = cluster.status.nodes
    .map(({ name }) => planNode(name, { cluster, facts: facts.nodes.get(name), now, ...options }))
    .toSorted(compareNodes)
    .map((node) => ({ ...node, why: reasonsOf(node, cluster) }));
  const problems = clusterProblems(cluster);
  const isGo = nodes.length > 0 && problems.length === 0 && nodes.every((node) => node.problems.length === 0);
  return { ...head, verdict: isGo ? 'go' : 'stop', nodes, problems };
}

function clusterProblems({ status, quorum, ceph }: KnownCluster): string[] {
  const away = status.nodes.filter(({ online }) => online !== 1).map(({ name }) => `${name} is offline`);
  return [
    ...(status.isQuorate && quorum.isQuorate ? [] : ['the cluster is not quorate']),
    ...away,
    ...(ceph?.status.health.status === 'HEALTH_ERR' ? ['Ceph has HEALTH_ERR'] : []),
  ];
}

function compareNodes(a: PlannedNode, b: PlannedNode): number {
  const ranks = (node: PlannedNode): number[] => [
    ...[Number(node.isHere), Number(node.isHaMaster), Number(hasActive(node, 'mds'))],
    ...[Number(!hasDaemon(node, 'mon')), node.guests.memoryBytes, node.guests.running],
  ];
  const [left, right] = [ranks(a), ranks(b)];
  const index = left.findIndex((rank, place) => rank !== right[place]);
  return index === -1 ? compareText(a.node, b.node) : (left[index] ?? 0) - (right[index] ?? 0);
}

function reasonsOf(node: PlannedNode, cluster: KnownCluster): string[] {
  const { running, memoryBytes } = node.guests;
  return [
    ...(cluster.ceph !== null && hasDaemon(node, 'mon') ? ['it has a MON'] : []),
    running === 0
      ? 'no guest runs on it'
      : `running guests: ${running}, with ${formatBytes(memoryBytes)} of memory`,
    ...(hasActive(node, 'mds') ? ['its MDS is active'] : []),
    ...(node.isHaMaster ? ['it is the master of HA'] : []),
    ...(node.isHere ? ['this command runs on it'] : []),
  ];
}

function hasDaemon({ ceph }: PlannedNode, kind: string): boolean {
  return ceph.some(({ name }) => name.startsWith(`${kind}.`));
}

function hasActive({ ceph }: PlannedNode, kind: string): boolean {
  return ceph.some(({ name, isActive }) => isActive && name.startsWith(`${kind}.`));
}
