/**
 * Defines the judgement of a gate, and the facts that gates use. Invariant: a fact that is unknown now never passes.
 */
import type { z } from 'zod';
import type {
  backupJobsSchema,
  cephStatusSchema,
  ClusterStatus,
  haResourcesSchema,
  HaStatus,
  NodeForecast,
  NodeStatus,
  okToStopSchema,
  optionsSchema,
  OsdTree,
  replicationSchema,
  Resources,
  servicesSchema,
  tasksSchema,
  timeSchema,
} from './answers.ts';
import type { Fact } from '../../core/domain/fact.ts';
import { staleness } from './fact-age.ts';
import type { SharedStorages } from './guest-config.ts';
import type { Quorum } from './quorum.ts';
import type { Versions } from './plan-answers.ts';
import type { Rollout } from './rollout.ts';

/** The next step: move the guests away, upgrade, reboot, or start with the next node. */
export type Before = 'drain' | 'upgrade' | 'reboot' | 'next';

export interface GateFacts {
  now: Date;
  clusterStatus: Fact<ClusterStatus>;
  quorum: Fact<Quorum>;
  haResources: Fact<z.infer<typeof haResourcesSchema>>;
  haStatus: Fact<HaStatus>;
  resources: Fact<Resources>;
  tasks: Fact<z.infer<typeof tasksSchema>>;
  backupJobs: Fact<z.infer<typeof backupJobsSchema>>;
  options: Fact<z.infer<typeof optionsSchema>>;
  storages: Fact<SharedStorages>;
  /** Texts of the configurations of the node's guests, by number. */
  guestConfigs: Fact<ReadonlyMap<number, string>>;
  /** Null where nobody holds the cluster. */
  rollout: Fact<Rollout | null>;
  /** Whether the cluster has a Ceph of its own; the other facts of it are asked for only then. */
  hasCeph: Fact<boolean>;
  cephStatus: Fact<z.infer<typeof cephStatusSchema>>;
  osdTree: Fact<OsdTree>;
  okToStop: Fact<z.infer<typeof okToStopSchema>>;
  /** Status of the node in question. */
  nodeStatus: Fact<NodeStatus>;
  services: Fact<z.infer<typeof servicesSchema>>;
  replication: Fact<z.infer<typeof replicationSchema>>;
  time: Fact<z.infer<typeof timeSchema>>;
  /** Versions of Proxmox's packages on the node. */
  versions: Fact<Versions>;
  forecast: Fact<NodeForecast>;
}

export interface GateQuestion {
  node: string;
  before: Before;
  /** Owner of this request; a rollout of another owner stops. */
  owner: string;
  takeOver: boolean;
  /** Backups and replications that start within this many minutes stop. */
  windowMinutes: number;
  /** Bytes that must be free on the node's root file system. */
  neededBytes: number;
  /** Guests that may stay on the node and are stopped with it. */
  acceptedGuests: readonly number[];
  /** Whether a forecast was named; after the upgrade it is judged only then. */
  hasForecast: boolean;
  /** Replaces the planned kernel, for a node that boots a pinned one. */
  plannedKernel?: string | undefined;
}

export interface Check {
  gate: string;
  ok: boolean;
  /** What was found. */
  seen: string;
  /** What would pass. */
  enough: string;
}

export type Gate = (facts: GateFacts, question: GateQuestion) => Check;

type Values<Facts extends readonly Fact<unknown>[]> = {
  [Index in keyof Facts]: Facts[Index] extends Fact<infer Value> ? Value : never;
};

/** Judges values that are all known now; otherwise the check fails with the reasons. */
export function check<const Facts extends readonly Fact<unknown>[]>(
  about: { gate: string; enough: string; now: Date; facts: Facts },
  judge: (...values: Values<Facts>) => { ok: boolean; seen: string },
): Check {
  const { gate, enough, now, facts } = about;
  const known = knownTogether(facts, now);
  if ('problems' in known) return { gate, ok: false, seen: `unknown: ${known.problems.join('; ')}`, enough };
  return { gate, enough, ...judge(...known.values) };
}

/** Returns the values of facts that are all known now, otherwise why not. */
export function knownTogether<const Facts extends readonly Fact<unknown>[]>(
  facts: Facts,
  now: Date,
): { values: Values<Facts> } | { problems: string[] } {
  const problems = facts.flatMap((fact) => staleness(fact, now) ?? []);
  if (problems.length > 0) return { problems };
  return { values: facts.map((fact) => (fact.isKnown ? fact.value : undefined)) as Values<Facts> };
}

/** Returns `ok` if there are no complaints. */
export function complaints(found: readonly string[], otherwise: string): { ok: boolean; seen: string } {
  return found.length === 0 ? { ok: true, seen: otherwise } : { ok: false, seen: found.join('; ') };
}
