/**
 * Defines the gates of guests and of running work: what can leave, what is left, what fits elsewhere, what runs or is
 * due.
 */
import { check, complaints, type Gate } from './check.ts';
import { secondsSince, whereHaIsUsed } from './cluster-gates.ts';
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import { ageProblem } from './fact-age.ts';
import { reasonsToStay } from './guest-config.ts';
import { isRunning, placeElsewhere } from './placement.ts';

export const guestsCanLeave: Gate = (facts, { node, acceptedGuests }) => {
  const { now, resources, guestConfigs, storages } = facts;
  return check(
    {
      gate: 'guests',
      enough: 'every running guest can move; shut others down, or name them with --accept-guest',
      now,
      facts: [resources, guestConfigs, storages],
    },
    ({ guests, nodes }, configs, shared) => {
      if (!nodes.some((entry) => entry.node === node)) return notListed(node);
      const own = guests.filter((guest) => guest.node === node);
      const running = own.filter(isRunning).filter(({ vmid }) => !acceptedGuests.includes(vmid));
      const stuck = running.flatMap(({ vmid }) => {
        const config = configs.get(vmid);
        const reasons =
          config === undefined ? ['its configuration is unknown'] : reasonsToStay(config, shared);
        return reasons.map((reason) => `${vmid} cannot leave: ${reason}`);
      });
      const stopped = own.filter((guest) => !isRunning(guest)).map(({ vmid }) => vmid);
      const named = stopped.length === 0 ? '' : `, stopped ones stay: ${stopped.join(', ')}`;
      return complaints(stuck, `${running.length} running guests can leave${named}`);
    },
  );
};

export const guestsFit: Gate = ({ now, resources, clusterStatus }, { node, acceptedGuests }) =>
  check(
    {
      gate: 'memory',
      enough: 'the memory of the running guests fits on the other nodes',
      now,
      facts: [resources, clusterStatus],
    },
    (all, { nodes }) => {
      const online = nodes.filter(({ online }) => online === 1).map(({ name }) => name);
      const { fits, homeless, sparePercent } = placeElsewhere(all, {
        ...{ leaving: [node], online, acceptedGuests },
      });
      const seen = fits ? `fits, ${sparePercent} % are left` : `no room elsewhere for ${homeless.join(', ')}`;
      return { ok: fits, seen };
    },
  );

/** All three signs are required; the LRM's mode alone changes earlier. */
export const drained: Gate = ({ now, haResources, haStatus }, { node }) => {
  const about = {
    gate: 'drained',
    enough: 'LRM and HA manager have the node in maintenance, and no service is left on it',
    now,
  };
  return whereHaIsUsed(about, { now, haResources }, () =>
    check({ ...about, facts: [haStatus] }, (ha) => {
      const { manager_status: manager, lrm_status: lrms } = ha;
      const lrm = valueOf(lrms, node);
      const services = entriesOf(manager.service_status).filter(([, service]) => service.node === node);
      const ages = [
        ageProblem('the HA manager', secondsSince(manager.timestamp, now)),
        ageProblem(`the LRM of ${node}`, secondsSince(lrm?.timestamp, now)),
      ];
      return complaints(
        [
          ...ages.filter((problem) => problem !== undefined),
          ...(lrm?.mode === 'maintenance' ? [] : [`the LRM is ${lrm?.mode ?? 'unknown'}`]),
          ...(valueOf(manager.node_status, node) === 'maintenance'
            ? []
            : [`the HA manager has the node as ${valueOf(manager.node_status, node) ?? 'unknown'}`]),
          ...services.map(([sid, { state }]) => `${sid} is still there (${state})`),
        ],
        'drained',
      );
    }),
  );
};

export const guestsLeft: Gate = ({ now, resources }, { node, acceptedGuests }) =>
  check(
    {
      gate: 'guests',
      enough: 'no guest runs on the node; move it, shut it down, or name it with --accept-guest',
      now,
      facts: [resources],
    },
    ({ guests, nodes }) => {
      if (!nodes.some((entry) => entry.node === node)) return notListed(node);
      const own = guests.filter((guest) => guest.node === node);
      const running = own.filter(isRunning).filter(({ vmid }) => !acceptedGuests.includes(vmid));
      const stopped = own.filter((guest) => !isRunning(guest)).map(({ vmid }) => vmid);
      return complaints(
        running.map(({ vmid, status }) => `${vmid} is ${status}`),
        stopped.length === 0 ? 'no guest is there' : `only stopped ones are there: ${stopped.join(', ')}`,
      );
    },
  );

/** A list without the node says nothing of its guests. */
function notListed(node: string): { ok: boolean; seen: string } {
  return { ok: false, seen: `unknown: the resources of the cluster do not have ${node}` };
}

/** Consoles and downloads do not block; any other running task may. */
const harmlessTasks = ['download', 'spiceproxy', 'spiceshell', 'termproxy', 'upload', 'vncproxy', 'vncshell'];

export const tasksRunning: Gate = ({ now, tasks }) =>
  check(
    {
      gate: 'tasks',
      enough: 'no backup, migration, replication, snapshot or other task runs in the cluster',
      now,
      facts: [tasks],
    },
    (all) =>
      complaints(
        all
          .filter(({ endtime, type }) => endtime === undefined && !harmlessTasks.includes(type))
          .map(({ node, type, upid }) => `${type} runs on ${node} (${upid})`),
        'none runs',
      ),
  );

export const tasksDue: Gate = ({ now, backupJobs, replication }, { node, windowMinutes }) =>
  check(
    {
      gate: 'due',
      enough: `no backup or replication begins within ${windowMinutes} minutes; switch the job off for that long`,
      now,
      facts: [backupJobs, replication],
    },
    (jobs, replications) => {
      const end = now.getTime() / 1000 + windowMinutes * 60;
      const backups = jobs.filter(
        ({ enabled = 1, node: only = node, 'next-run': next }) =>
          enabled === 1 && only === node && (next === undefined || next <= end),
      );
      const syncs = replications.filter(
        ({ disable = 0, next_sync: next, pid }) => pid !== undefined || (disable === 0 && next <= end),
      );
      return complaints(
        [
          ...backups.map(({ id, 'next-run': next }) =>
            next === undefined ? `the time of backup ${id} is unknown` : `backup ${id} begins then`,
          ),
          ...syncs.map(({ id, pid }) => `replication ${id} ${pid === undefined ? 'begins then' : 'runs'}`),
        ],
        'none is due',
      );
    },
  );
