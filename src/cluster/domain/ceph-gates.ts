/**
 * Defines the gates of Ceph: health, MONs without the node, and whether its OSDs may stop. A cluster without Ceph
 * passes; an unknown fact stops.
 */
import { entriesOf } from '../../core/domain/named.ts';
import { check, complaints, type Check, type Gate, type GateFacts } from './check.ts';

/**
 * Warnings that do not concern data or quorum (docs.ceph.com, Health checks). Everything else stops, HEALTH_ERR always.
 */
const harmlessWarnings = [
  'AUTH_INSECURE_GLOBAL_ID_RECLAIM',
  'AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED',
  'DAEMON_OLD_VERSION',
  'LARGE_OMAP_OBJECTS',
  'MON_MSGR2_NOT_ENABLED',
  'POOL_APP_NOT_ENABLED',
  'POOL_PG_NUM_NOT_POWER_OF_TWO',
  'POOL_TOO_FEW_PGS',
  'POOL_TOO_MANY_PGS',
  'RECENT_CRASH',
  'RECENT_MGR_MODULE_CRASH',
  'TELEMETRY_CHANGED',
];
const harmlessFlags = ['nodeep-scrub', 'noout', 'noscrub'];
const harmlessStates = ['active', 'clean', 'deep', 'scrubbing', 'snaptrim', 'snaptrim_wait'];

export const cephHealth: Gate = (facts) =>
  withCeph(
    facts,
    { gate: 'ceph', enough: 'health OK or a harmless warning, all PGs active+clean' },
    (about) =>
      check({ ...about, facts: [facts.cephStatus] }, ({ health, pgmap }) => {
        const warnings = entriesOf(health.checks).filter(
          ([code, { severity, summary }]) =>
            severity !== 'HEALTH_WARN' ||
            !(harmlessWarnings.includes(code) || isHarmlessFlag(code, summary.message)),
        );
        const states = pgmap.pgs_by_state.filter(
          ({ state_name: state, count }) => count > 0 && !isClean(state),
        );
        const counted = pgmap.pgs_by_state.reduce((sum, { count }) => sum + count, 0);
        const isUnexplained = health.status === 'HEALTH_WARN' && entriesOf(health.checks).length === 0;
        return complaints(
          [
            ...(health.status === 'HEALTH_ERR' ? ['HEALTH_ERR'] : []),
            ...(isUnexplained ? ['HEALTH_WARN without a reason'] : []),
            ...warnings.map(([code, { summary }]) => `${code}: ${summary.message}`),
            ...states.map(({ state_name: state, count }) => `${count} PGs are ${state}`),
            ...(counted === pgmap.num_pgs
              ? []
              : [`the states of ${pgmap.num_pgs - counted} PGs are unknown`]),
          ],
          health.status,
        );
      }),
  );

/** A MON is named like its node; one with another name may be on any node. */
export const cephMonitors: Gate = (facts, { node }) =>
  withCeph(
    facts,
    { gate: 'ceph-mon', enough: 'more than half of the MONs in quorum without this node' },
    (about) =>
      check({ ...about, facts: [facts.cephStatus, facts.clusterStatus] }, (ceph, { nodes }) => {
        const inQuorum = ceph.quorum_names;
        const all = ceph.monmap.num_mons;
        const others = nodes.map(({ name }) => name).filter((name) => name !== node);
        const areElsewhere = inQuorum.every((name) => others.includes(name));
        const left = inQuorum.length - (areElsewhere ? 0 : 1);
        return { ok: left * 2 > all, seen: `${left} of ${all} MONs are left in quorum` };
      }),
  );

export const cephOkToStop: Gate = (facts, { node }) =>
  withCeph(
    facts,
    { gate: 'ceph-osd', enough: 'Ceph says that the OSDs of this node may stop together' },
    (about) => {
      const tree = check({ ...about, facts: [facts.osdTree] }, (all) => {
        const ids = osdsOf(all, node).map(({ id }) => id);
        return complaints(
          all.stray.map(({ id }) => `osd.${id} is nowhere in the tree`),
          ids.join(', '),
        );
      });
      if (!tree.ok) return tree;
      if (tree.seen === '') return { ...tree, seen: 'the node has no OSD' };
      return check({ ...about, facts: [facts.okToStop] }, ({ ok_to_stop: isOk, osds }) => {
        const asked = osds.toSorted((a, b) => a - b).join(', ');
        if (asked !== tree.seen)
          return { ok: false, seen: `the answer is about osd ${asked}, not ${tree.seen}` };
        return { ok: isOk, seen: `osd ${asked}: ${isOk ? 'may stop' : 'may not stop'}` };
      });
    },
  );

/** After the node came back. */
export const cephOsdsBack: Gate = (facts, { node }) =>
  withCeph(facts, { gate: 'ceph-osd', enough: 'every OSD of this node is up and in' }, (about) =>
    check({ ...about, facts: [facts.osdTree] }, (tree) => {
      const osds = osdsOf(tree, node);
      const away = osds.filter(({ status, reweight = 0 }) => status !== 'up' || reweight <= 0);
      return complaints(
        [
          ...away.map(({ name, status }) => `${name} is ${status}, or out`),
          ...tree.stray.map(({ id }) => `osd.${id} is nowhere in the tree`),
        ],
        `${osds.length} OSDs up and in`,
      );
    }),
  );

/** Sorted by number. */
export function osdsOf(
  {
    nodes,
  }: {
    nodes: readonly {
      id: number;
      name: string;
      type: string;
      children?: number[] | undefined;
      status?: 'up' | 'down' | undefined;
      reweight?: number | undefined;
    }[];
  },
  node: string,
) {
  const children = nodes
    .filter(({ type, name }) => type === 'host' && name === node)
    .flatMap((host) => host.children ?? []);
  return nodes
    .filter(({ id, type }) => type === 'osd' && children.includes(id))
    .toSorted((a, b) => a.id - b.id);
}

function withCeph(
  { now, hasCeph }: GateFacts,
  about: { gate: string; enough: string },
  judge: (about: { gate: string; enough: string; now: Date }) => Check,
): Check {
  const used = check({ ...about, now, facts: [hasCeph] }, (isUsed) => ({
    ok: true,
    seen: isUsed ? 'used' : '',
  }));
  if (!used.ok) return used;
  return used.seen === '' ? { ...used, seen: 'the cluster has no Ceph' } : judge({ ...about, now });
}

function isHarmlessFlag(code: string, message: string): boolean {
  if (code !== 'OSDMAP_FLAGS') return false;
  const flags = /^([a-z,-]+) flag\(s\) set$/.exec(message)?.[1]?.split(',') ?? [''];
  return flags.every((flag) => harmlessFlags.includes(flag));
}

function isClean(state: string): boolean {
  const parts = state.split('+');
  return (
    ['active', 'clean'].every((part) => parts.includes(part)) &&
    parts.every((part) => harmlessStates.includes(part))
  );
}
