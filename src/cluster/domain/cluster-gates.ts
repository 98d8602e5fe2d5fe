/**
 * Defines the gates of the cluster as a whole: quorum, votes, members, owner of the rollout, HA of the other nodes,
 * clocks, balancers.
 */
import { check, complaints, type Gate } from './check.ts';
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import { ageProblem, clockToleranceSeconds } from './fact-age.ts';
import { isEnough, votesWithout } from './quorum.ts';
import { isDone, unfinishedNodes } from './rollout.ts';

export const quorate: Gate = ({ now, clusterStatus, quorum }) =>
  check(
    { gate: 'quorum', enough: 'corosync and pmxcfs both say quorate', now, facts: [clusterStatus, quorum] },
    (status, votes) => ({
      ok: status.isQuorate && votes.isQuorate,
      seen: `pmxcfs: ${yes(status.isQuorate)}, corosync: ${yes(votes.isQuorate)}`,
    }),
  );

export const votesLeft: Gate = ({ now, clusterStatus, quorum }, { node }) =>
  check(
    {
      gate: 'votes',
      enough: 'more than half of the expected votes without this node',
      now,
      facts: [clusterStatus, quorum],
    },
    ({ nodes }, votes) => {
      const nodeid = nodes.find(({ name }) => name === node)?.nodeid;
      if (nodeid === undefined) return { ok: false, seen: `there is no node ${node}` };
      if (!votes.votes.has(nodeid)) return { ok: false, seen: `corosync has no member ${nodeid} (${node})` };
      const left = votesWithout(votes, nodeid);
      return { ok: isEnough(left, votes), seen: `${left} of ${votes.expected} expected votes are left` };
    },
  );

/**
 * Checks every node, including the one in question, which must be online to be drained, and again before the next one.
 */
export const members: Gate = ({ now, clusterStatus, quorum }, { node }) =>
  check(
    { gate: 'members', enough: 'every node of the cluster is online', now, facts: [clusterStatus, quorum] },
    ({ nodes }, { votes }) => {
      const away = nodes.filter(({ online, nodeid }) => online !== 1 || !votes.has(nodeid));
      const unknown = nodes.some(({ name }) => name === node) ? [] : [`there is no node ${node}`];
      return complaints(
        [...unknown, ...away.map(({ name }) => `${name} is not a member that is online`)],
        `${nodes.length} nodes, all online`,
      );
    },
  );

export const holder: Gate = ({ now, rollout, clusterStatus }, { before, node, owner, takeOver }) =>
  check(
    {
      gate: 'rollout',
      enough:
        'no rollout of anybody else, and no other node unfinished; --take-over for one whose run is dead',
      now,
      facts: [rollout, clusterStatus],
    },
    (held, { nodes }) => {
      const isFree =
        held === null ||
        isDone(
          held,
          nodes.map(({ name }) => name),
        );
      if (held === null || (isFree && before === 'drain')) {
        if (before === 'drain') return { ok: true, seen: 'nobody holds the cluster' };
        return { ok: false, seen: 'no rollout was begun by "gate --before drain --record"' };
      }
      const minutes = Math.round((now.getTime() - Date.parse(held.started)) / 60_000);
      const about = `held by ${held.owner} for ${minutes} minutes`;
      const others = unfinishedNodes(held).filter((name) => name !== node);
      const own = valueOf(held.nodes, node);
      return complaints(
        [
          ...(held.owner === owner || takeOver ? [] : [about]),
          ...others.map((name) => `${name} is unfinished (${valueOf(held.nodes, name)?.step})`),
          ...(before !== 'drain' && (own === undefined || own.step === 'back')
            ? [`${node} was not drained in this rollout`]
            : []),
        ],
        about,
      );
    },
  );

/** No other node may be in maintenance; before the next one is started, this node must be out of it, too. */
export const maintenance: Gate = ({ now, haResources, haStatus, clusterStatus }, { node, before }) => {
  const about = {
    gate: 'maintenance',
    enough: 'the HA managers of all other nodes are active and online',
    now,
  };
  return whereHaIsUsed(about, { now, haResources }, () =>
    check({ ...about, facts: [haStatus, clusterStatus] }, (ha, { nodes }) => {
      const wanted = nodes.map(({ name }) => name).filter((name) => name !== node || before === 'next');
      const { manager_status: manager, lrm_status: lrms, quorum } = ha;
      const ages = [
        ageProblem('the HA manager', secondsSince(manager.timestamp, now)),
        ...wanted.map((name) =>
          ageProblem(`the LRM of ${name}`, secondsSince(valueOf(lrms, name)?.timestamp, now)),
        ),
      ];
      return complaints(
        [
          ...(quorum.quorate === '1' ? [] : ['the HA manager has no quorum']),
          ...ages.filter((problem) => problem !== undefined),
          ...wanted.flatMap((name) =>
            haProblems(name, valueOf(manager.node_status, name), valueOf(lrms, name)?.mode),
          ),
        ],
        'all active',
      );
    }),
  );
};

function haProblems(name: string, status: string | undefined, mode: string | undefined): string[] {
  return [
    ...(status === 'online' ? [] : [`the HA manager has ${name} as ${status ?? 'unknown'}`]),
    ...(mode === 'active' ? [] : [`the LRM of ${name} is ${mode ?? 'unknown'}`]),
  ];
}

/** Where HA manages nothing, its status may be missing: then there is nothing to wait for. */
export function whereHaIsUsed(
  about: { gate: string; enough: string; now: Date },
  { now, haResources }: { now: Date; haResources: Parameters<Gate>[0]['haResources'] },
  judge: () => ReturnType<Gate>,
): ReturnType<Gate> {
  const used = check({ ...about, now, facts: [haResources] }, (resources) => ({
    ok: true,
    seen: resources.length === 0 ? '' : 'used',
  }));
  if (!used.ok || used.seen === '') return used.ok ? { ...used, seen: 'HA manages nothing' } : used;
  return judge();
}

export const balancers: Gate = ({ now, options }) =>
  check({ gate: 'balancers', enough: 'nothing moves guests by itself', now, facts: [options] }, ({ crs }) => {
    const on = (crs === undefined ? [] : entriesOf(crs)).filter(
      ([key, value]) =>
        /rebalance/.test(key) &&
        key !== 'ha-rebalance-on-start' &&
        !['0', 'off', 'no', 'false', 'none'].includes(String(value)),
    );
    return complaints(
      on.map(([key, value]) => `${key} is ${value} in the options of the data center`),
      'quiet',
    );
  });

export const clock: Gate = ({ now, time }, { node }) =>
  check(
    { gate: 'clock', enough: `a difference of at most ${clockToleranceSeconds} seconds`, now, facts: [time] },
    (there) => {
      const at = time.isKnown ? Date.parse(time.at) / 1000 : Number.NaN;
      const difference = Math.abs(there.time - at);
      return {
        ok: difference <= clockToleranceSeconds,
        seen: `the clock of ${node} differs by ${difference.toFixed(1)} seconds from this one`,
      };
    },
  );

export function secondsSince(epoch: number | undefined, now: Date): number {
  return epoch === undefined ? Number.NaN : now.getTime() / 1000 - epoch;
}

function yes(value: boolean): string {
  return value ? 'quorate' : 'not quorate';
}
