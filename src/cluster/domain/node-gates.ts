/** Defines the gates of the node itself: disk space, refusals of its forecast, and proof that it is back. */
import { formatBytes } from '../../core/domain/byte-size.ts';
import { check, complaints, type Gate } from './check.ts';
import { secondsSince, whereHaIsUsed } from './cluster-gates.ts';
import { valueOf } from '../../core/domain/named.ts';
import { ageProblem } from './fact-age.ts';

export const space: Gate = ({ now, nodeStatus }, { node, neededBytes }) =>
  check(
    {
      gate: 'space',
      enough: `${formatBytes(neededBytes)} on the root file system`,
      now,
      facts: [nodeStatus],
    },
    ({ rootfs }) => ({
      ok: rootfs.avail >= neededBytes,
      seen: `${node} has ${formatBytes(rootfs.avail)} free`,
    }),
  );

export const forecastIsGood: Gate = ({ now, forecast }, { node }) =>
  check(
    {
      gate: 'forecast',
      enough:
        'on the node "pommgr forecast --json > FILE", without a refusal or anything unknown, and --forecast FILE',
      now,
      facts: [forecast],
    },
    ({ result }) =>
      complaints(
        [
          ...(result.subject.hostName === node ? [] : [`it is of the host ${result.subject.hostName}`]),
          ...result.refusals.map(({ package: name, what }) => `${name}: ${what}`),
          ...result.unknown,
          ...(result.verdict === 'go' ? [] : ['its verdict is stop']),
        ],
        'nothing is refused',
      ),
  );

/** Services without which a node is of no use to the cluster; names of systemd's units as in the API. */
const neededServices = [
  'corosync',
  'pve-cluster',
  'pve-ha-crm',
  'pve-ha-lrm',
  'pvedaemon',
  'pveproxy',
  'pvestatd',
];

export const servicesRun: Gate = ({ now, services }) =>
  check(
    { gate: 'services', enough: `${neededServices.join(', ')} are active`, now, facts: [services] },
    (all) => {
      const states = new Map(all.map((entry) => [entry.service, entry['active-state']]));
      return complaints(
        neededServices
          .filter((name) => states.get(name) !== 'active')
          .map((name) => `${name} is ${states.get(name) ?? 'not listed'}`),
        'all active',
      );
    },
  );

/** Requires an active LRM of this very node; `maintenance` judges the others. */
export const haIsBack: Gate = ({ now, haResources, haStatus }, { node }) => {
  const about = {
    gate: 'ha',
    enough: 'the LRM of the node is active, and the HA manager has it online',
    now,
  };
  return whereHaIsUsed(about, { now, haResources }, () =>
    check({ ...about, facts: [haStatus] }, ({ manager_status: manager, lrm_status: lrms }) => {
      const lrm = valueOf(lrms, node);
      const age = ageProblem(`the LRM of ${node}`, secondsSince(lrm?.timestamp, now));
      return complaints(
        [
          ...(age === undefined ? [] : [age]),
          ...(lrm?.mode === 'active' ? [] : [`the LRM is ${lrm?.mode ?? 'unknown'}`]),
          ...(valueOf(manager.node_status, node) === 'online'
            ? []
            : [`the HA manager has the node as ${valueOf(manager.node_status, node) ?? 'unknown'}`]),
        ],
        'active and online',
      );
    }),
  );
};

/** The start time of a node is computed from its uptime, and differs by a second or two each time. */
const bootToleranceSeconds = 30;

export const isBack: Gate = ({ now, nodeStatus, rollout }, { node, plannedKernel: asked }) =>
  check(
    {
      gate: 'back',
      enough: 'the node was started anew where a reboot was let go, with kernel and version as planned',
      now,
      facts: [nodeStatus, rollout],
    },
    (status, held) => {
      const plan = held === null ? undefined : valueOf(held.nodes, node);
      if (plan === undefined) return { ok: false, seen: `the rollout knows nothing of ${node}` };
      const booted = bootTime(nodeStatus.isKnown ? nodeStatus.at : '', status.uptime);
      const { release } = status['current-kernel'];
      const { bootedBefore, plannedVersion } = plan;
      const plannedKernel = asked ?? plan.plannedKernel;
      return complaints(
        [
          ...(bootedBefore === null || booted > bootedBefore + bootToleranceSeconds
            ? []
            : ['it has not been started anew since its reboot was let go']),
          ...(plannedKernel === null || plannedKernel === release
            ? []
            : [`it runs the kernel ${release}, planned is ${plannedKernel}`]),
          ...(plannedVersion === null || plannedVersion === status.pveversion
            ? []
            : [`it is ${status.pveversion}, planned is ${plannedVersion}`]),
        ],
        `${release}, ${status.pveversion}, up for ${Math.round(status.uptime)} seconds`,
      );
    },
  );

/** Seconds since 1970. */
export function bootTime(at: string, uptimeSeconds: number): number {
  return Date.parse(at) / 1000 - uptimeSeconds;
}
