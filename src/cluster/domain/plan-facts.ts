/** Answers of the tools -> the facts of a plan. Every answer that cannot be parsed becomes unknown here. */
import type { z } from 'zod';
import {
  clusterStatusSchema,
  haResourcesSchema,
  haStatusSchema,
  nodeStatusSchema,
  resourcesSchema,
  type ClusterStatus,
  type HaStatus,
  type NodeForecast,
  type NodeStatus,
  type Resources,
} from './answers.ts';
import { jsonFact, readFact, type Answer, type Fact } from '../../core/domain/fact.ts';
import { sharedStorages, type SharedStorages } from './guest-config.ts';
import {
  cephMetadataSchema,
  cephPlanStatusSchema,
  haMasterSchema,
  hereSchema,
  managerStatSchema,
  osdMetadataSchema,
  versionsSchema,
  type CephDaemon,
  type CephPlanStatus,
  type Versions,
} from './plan-answers.ts';
import { parseQuorum, type Quorum } from './quorum.ts';

export interface PlanFacts {
  now: Date;
  here: Fact<string>;
  clusterStatus: Fact<ClusterStatus>;
  quorum: Fact<Quorum>;
  haResources: Fact<z.infer<typeof haResourcesSchema>>;
  haStatus: Fact<HaStatus>;
  /** Null where HA has no master. */
  haMaster: Fact<string | null>;
  resources: Fact<Resources>;
  storages: Fact<SharedStorages>;
  hasCeph: Fact<boolean>;
  cephStatus: Fact<CephPlanStatus>;
  monitors: Fact<CephDaemon[]>;
  managers: Fact<CephDaemon[]>;
  metadataServers: Fact<CephDaemon[]>;
  osds: Fact<CephDaemon[]>;
  activeManager: Fact<string>;
  nodes: ReadonlyMap<string, NodeFacts>;
}

export interface NodeFacts {
  status: Fact<NodeStatus>;
  versions: Fact<Versions>;
  guestConfigs: Fact<ReadonlyMap<number, string>>;
  /** Null where none was named for the node. */
  forecast: NodeForecast | null;
}

/** As they came; a file that is not there is an empty text. */
export type PlanAnswers = Record<
  | 'clusterStatus'
  | 'quorum'
  | 'haResources'
  | 'haStatus'
  | 'resources'
  | 'storages'
  | 'cephConfig'
  | 'cephStatus'
  | 'monitors'
  | 'managers'
  | 'metadataServers'
  | 'osds'
  | 'activeManager',
  Answer
>;

export function planFactsOf(
  answers: PlanAnswers,
  { now, nodes }: Pick<PlanFacts, 'now' | 'nodes'>,
): PlanFacts {
  return {
    ...{ now, nodes },
    here: jsonFact(answers.clusterStatus, hereSchema),
    clusterStatus: jsonFact(answers.clusterStatus, clusterStatusSchema),
    quorum: readFact(answers.quorum, parseQuorum),
    haResources: jsonFact(answers.haResources, haResourcesSchema),
    haStatus: jsonFact(answers.haStatus, haStatusSchema),
    haMaster: jsonFact(answers.haStatus, haMasterSchema),
    resources: jsonFact(answers.resources, resourcesSchema),
    storages: readFact(answers.storages, sharedStorages),
    hasCeph: readFact(answers.cephConfig, (text) => text.trim() !== ''),
    cephStatus: jsonFact(answers.cephStatus, cephPlanStatusSchema),
    monitors: jsonFact(answers.monitors, daemonsSchema('mon')),
    managers: jsonFact(answers.managers, daemonsSchema('mgr')),
    metadataServers: jsonFact(answers.metadataServers, daemonsSchema('mds')),
    osds: jsonFact(
      answers.osds,
      osdMetadataSchema.transform((all) =>
        all.map(
          ({ id, ...rest }): CephDaemon => ({
            ...{ kind: 'osd', id: String(id), node: rest.hostname, version: rest.ceph_version_short },
          }),
        ),
      ),
    ),
    activeManager: jsonFact(
      answers.activeManager,
      managerStatSchema.transform(({ active_name: active }) => active),
    ),
  };
}

/** Reads what one node answered about itself. */
export function nodeFactsOf(
  { status, versions }: { status: Answer; versions: Answer },
  { guestConfigs, forecast }: Pick<NodeFacts, 'guestConfigs' | 'forecast'>,
): NodeFacts {
  return {
    ...{ guestConfigs, forecast },
    status: jsonFact(status, nodeStatusSchema),
    versions: jsonFact(versions, versionsSchema),
  };
}

function daemonsSchema(kind: CephDaemon['kind']): z.ZodType<CephDaemon[]> {
  return cephMetadataSchema.transform((all) =>
    all.map(({ name, hostname, ceph_version_short: version }) => ({
      ...{ kind, id: name, node: hostname, version },
    })),
  );
}
