/** What the tools of a cluster answer for a plan; every node is like the others unless a test changes it. */
import type { NodeForecast } from '../../src/cluster/domain/answers.ts';
import type { Answer } from '../../src/core/domain/fact.ts';
import {
  nodeFactsOf,
  planFactsOf,
  type PlanAnswers,
  type PlanFacts,
} from '../../src/cluster/domain/plan-facts.ts';
import {
  guestConfig,
  jsonAnswers,
  names,
  now,
  quorumText,
  storageConfig,
  versionsOf,
  type Json,
} from './cluster-answers.ts';

const at = new Date(now.getTime() - 2000).toISOString();

/** By the names of the facts. */
export function planJson(): { [fact: string]: Json } {
  const { clusterStatus, haResources, haStatus, resources, cephStatus } = jsonAnswers('drain');
  const daemon = (name: string) => ({
    ...{ name, hostname: name, ceph_version_short: '19.2.3', ceph_release: 'squid' },
  });
  const fsmap = { epoch: 9, by_rank: [{ rank: 0, name: 'pve3', status: 'up:active' }], 'up:standby': 2 };
  return {
    ...{ clusterStatus: clusterStatus ?? null, haResources: haResources ?? null },
    ...{ haStatus: haStatus ?? null, resources: resources ?? null },
    cephStatus: { ...(cephStatus as { [name: string]: Json }), fsmap },
    monitors: names.map(daemon),
    managers: names.map(daemon),
    metadataServers: names.map(daemon),
    osds: names.map((hostname, id) => ({ id, hostname, ceph_version_short: '19.2.3' })),
    activeManager: { epoch: 7, available: true, active_name: 'pve1', num_standby: 2 },
    ...{ status: jsonAnswers('drain')['nodeStatus'] ?? null, versions: versionsOf('9.1.4') },
  };
}

export interface PlanChange {
  json?: { [fact: string]: Json };
  answers?: { [fact: string]: object };
  /** Versions by node. */
  versions?: { [node: string]: Json };
  guests?: ReadonlyMap<number, string>;
  forecasts?: ReadonlyMap<string, NodeForecast>;
}

/** `json` replaces an answer of every node alike. */
export function planFacts(change: PlanChange = {}): PlanFacts {
  const { json = {}, answers = {}, versions = {}, forecasts = new Map<string, NodeForecast>() } = change;
  const values = { ...planJson(), ...json };
  const texts: [string, string][] = Object.entries(values).map(([fact, value]) => [
    fact,
    value === '' ? '' : JSON.stringify(value),
  ]);
  texts.push(['quorum', quorumText()], ['storages', storageConfig], ['cephConfig', '[global]\n']);
  const all = Object.fromEntries(
    texts.map(([source, text]) => [source, { source, at, text, ...answers[source] }]),
  ) as unknown as PlanAnswers & { status: Answer; versions: Answer };
  const guests = change.guests ?? new Map([[100, guestConfig]]);
  const nodes = names.map((node) => {
    const own =
      versions[node] === undefined ? all.versions : { ...all.versions, text: JSON.stringify(versions[node]) };
    const guestConfigs = { isKnown: true as const, source: 'guestConfigs', at, value: guests };
    return [
      node,
      nodeFactsOf(
        { status: all.status, versions: own },
        { guestConfigs, forecast: forecasts.get(node) ?? null },
      ),
    ] as const;
  });
  return planFactsOf(all, { now, nodes: new Map(nodes) });
}
