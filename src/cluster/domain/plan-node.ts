/** Plans one node: its guests, their room elsewhere, its packages, its reboot, and what stands in the way. */
import { knownTogether } from './check.ts';
import { staleness } from './fact-age.ts';
import { reasonsToStay } from './guest-config.ts';
import { plannedKernel } from './kernel.ts';
import { haServicesOn, isHaService, type KnownCluster } from './known-cluster.ts';
import { isRunning, placeElsewhere } from './placement.ts';
import { metadataProblems, monitorProblems, plannedDaemons } from './plan-ceph.ts';
import type { NodeFacts } from './plan-facts.ts';
import type { PlannedGuests, PlannedMemory, PlannedNode, PlannedPackages, PlannedReboot } from './plan.ts';
import type { Versions } from './plan-answers.ts';
import { isEnough, votesWithout } from './quorum.ts';

/** About what one link of 1 Gbit/s moves. */
export const usualMigrationBytesPerSecond = 100 * 1024 * 1024;

export interface PlanOptions {
  /** How fast memory of guests moves. */
  migrationBytesPerSecond: number;
}

interface NodeOptions extends PlanOptions {
  cluster: KnownCluster;
  facts: NodeFacts | undefined;
  now: Date;
}

/** The reasons for its place in the order are added when all nodes are planned. */
export function planNode(node: string, options: NodeOptions): PlannedNode {
  const { cluster, facts, now } = options;
  const versions = facts?.versions.isKnown === true ? facts.versions.value : null;
  const guests = plannedGuests(node, options);
  const memory = plannedMemory(node, options);
  const packages = versions === null ? null : plannedPackages(versions, facts);
  return {
    ...{ node, isHere: cluster.here === node, isHaMaster: cluster.haMaster === node },
    ...{ why: [], guests, memory },
    haServices: haServicesOn(node, cluster),
    ceph: plannedDaemons(node, { ceph: cluster.ceph, versions }),
    ...{ packages, reboot: plannedReboot(packages, facts) },
    problems: [
      ...unknownFacts(facts, now),
      ...(cluster.resources.nodes.some((entry) => entry.node === node)
        ? []
        : ['the resources of the cluster do not list it']),
      ...voteProblems(node, cluster),
      ...monitorProblems(node, cluster.ceph),
      ...metadataProblems(node, cluster.ceph),
      ...guests.cannotMove.flatMap(({ vmid, reasons }) =>
        reasons.map((reason) => `guest ${vmid} cannot be migrated: ${reason}`),
      ),
      ...(memory.fits ? [] : [`no room on the other nodes for guest ${memory.withoutRoom.join(', ')}`]),
      ...forecastProblems(facts),
    ],
  };
}

function unknownFacts(facts: NodeFacts | undefined, now: Date): string[] {
  if (facts === undefined) return ['unknown: it was not asked'];
  const { status, versions, guestConfigs } = facts;
  return [status, versions, guestConfigs].flatMap((fact) => {
    const why = staleness(fact, now);
    return why === undefined ? [] : [`unknown: ${why}`];
  });
}

function voteProblems(node: string, { status, quorum }: KnownCluster): string[] {
  const nodeid = status.nodes.find(({ name }) => name === node)?.nodeid;
  const left = nodeid === undefined ? 0 : votesWithout(quorum, nodeid);
  if (isEnough(left, quorum)) return [];
  return [`${left} of ${quorum.expected} expected votes are left without it: too few for a quorum`];
}

function plannedGuests(node: string, { cluster, facts, now }: NodeOptions): PlannedGuests {
  const own = cluster.resources.guests.filter((guest) => guest.node === node);
  const running = own.filter(isRunning);
  const configs = facts === undefined ? { problems: [] } : knownTogether([facts.guestConfigs], now);
  const cannotMove = running.flatMap(({ vmid, type }) => {
    // That they are unknown is a problem already.
    if ('problems' in configs) return [];
    const config = configs.values[0].get(vmid);
    const reasons =
      config === undefined ? ['its configuration is unknown'] : reasonsToStay(config, cluster.storages);
    return reasons.length === 0 ? [] : [{ vmid, type, reasons }];
  });
  return {
    running: running.length,
    memoryBytes: running.reduce((sum, { maxmem }) => sum + maxmem, 0),
    stopped: own.filter((guest) => !isRunning(guest)).map(({ vmid }) => vmid),
    moving: running
      .filter(({ vmid }) => cannotMove.every((stuck) => stuck.vmid !== vmid))
      .map(({ vmid, type }) => ({ vmid, type, isByHa: isHaService({ vmid, type }, cluster) })),
    cannotMove,
  };
}

function plannedMemory(node: string, { cluster, migrationBytesPerSecond }: NodeOptions): PlannedMemory {
  const { status, resources } = cluster;
  const online = status.nodes.filter((one) => one.online === 1).map(({ name }) => name);
  const others = online.filter((name) => name !== node);
  const alone = placeElsewhere(resources, { leaving: [node], online });
  return {
    ...{ fits: alone.fits, sparePercent: alone.sparePercent, withoutRoom: alone.homeless },
    toleratesFailure:
      others.length > 1 &&
      others.every((failed) => placeElsewhere(resources, { leaving: [node, failed], online }).fits),
    drainSeconds: Math.ceil(alone.movedBytes / migrationBytesPerSecond),
  };
}

function plannedPackages(versions: Versions, facts: NodeFacts | undefined): PlannedPackages {
  const forecast = facts?.forecast ?? null;
  const changes =
    forecast === null
      ? versions.packages.filter(({ installed, offered }) => installed !== null && installed !== offered)
      : forecast.result.sources.flatMap((source) => source.changes);
  return {
    baseline: forecast?.result.subject.baseline.name ?? null,
    changes: changes.length,
    kernel: { running: versions.runningKernel, planned: plannedKernel(versions, forecast) },
  };
}

function plannedReboot(packages: PlannedPackages | null, facts: NodeFacts | undefined): PlannedReboot {
  const forecast = facts?.forecast ?? null;
  const reasons = [
    ...(packages === null || packages.kernel.running === packages.kernel.planned
      ? []
      : [`kernel ${packages.kernel.running} to ${packages.kernel.planned}`]),
    ...(forecast?.result.reboot ?? []).map(({ package: name, what }) =>
      name === null ? what : `${name}: ${what}`,
    ),
  ];
  if (reasons.length > 0) return { isDue: true, reasons };
  return { isDue: forecast === null || packages === null ? null : false, reasons };
}

function forecastProblems(facts: NodeFacts | undefined): string[] {
  const result = facts?.forecast?.result;
  if (result === undefined || result.verdict === 'go') return [];
  const refused = result.refusals.map(({ package: name, what }) => `${name}: ${what}`);
  return [`its forecast refuses the upgrade${refused.length === 0 ? '' : `: ${refused.join('; ')}`}`];
}
