/** The plan of a rollout by tables: the order, what each node needs, what stands in the way, and that nothing unknown passes. */
import { expect, test } from 'vitest';
import { forecastSchema, type NodeForecast } from '../../src/cluster/domain/answers.ts';
import { planRollout } from '../../src/cluster/domain/plan-rollout.ts';
import { planText } from '../../src/cluster/ui/plan-text.ts';
import { planDocumentSchema, type ClusterPlan, type PlannedNode } from '../../src/cluster/domain/plan.ts';
import { jsonAnswers, quorumText, versionsOf, type Json } from '../support/cluster-answers.ts';
import { planFacts, planJson, type PlanChange } from '../support/plan-facts.ts';

const gibibyte = 1024 ** 3;

function planOf(change: PlanChange = {}): ClusterPlan {
  return planRollout(planFacts(change), { migrationBytesPerSecond: 100 * 1024 * 1024 });
}

function nodeOf(name: string, change: PlanChange = {}): PlannedNode {
  const found = planOf(change).nodes.find(({ node }) => node === name);
  if (found === undefined) throw new Error(`the plan lacks ${name}`);
  return found;
}

const order = (change: PlanChange): string[] => planOf(change).nodes.map(({ node }) => node);

type List = { [name: string]: Json }[];

/** One guest of so many GiB on each of the nodes named. */
function guestsOn(...at: [string, number][]): Json {
  const nodes = (planJson()['resources'] as List).filter(({ type }) => type === 'node');
  return [
    ...nodes,
    ...at.map(([node, size], index) => ({
      ...{ type: 'qemu', vmid: 100 + index, node, status: 'running', maxmem: size * gibibyte },
    })),
  ];
}

const withoutCeph: PlanChange = { answers: { cephConfig: { text: '' } } };

test('a node is planned with its guests, daemons, packages and reboot', () => {
  const plan = planOf({ versions: { pve2: versionsOf('9.1.4', '6.14.8-2-pve') } });
  expect(plan).toMatchObject({
    verdict: 'go',
    here: 'pve1',
    problems: [],
    plannedAt: '2026-11-28T12:00:00Z',
  });
  expect(planDocumentSchema.parse({ schema: 'pommgr/cluster-plan-result/v1', result: plan }).result).toEqual(
    plan,
  );
  expect(plan.nodes.map(({ node }) => node)).toEqual(['pve2', 'pve3', 'pve1']);
  expect(plan.nodes[0]).toEqual({
    node: 'pve2',
    ...{ isHere: false, isHaMaster: false },
    why: ['it has a MON', 'running guests: 1, with 8.59 GB of memory'],
    guests: {
      ...{ running: 1, memoryBytes: 8 * gibibyte, stopped: [101], cannotMove: [] },
      moving: [{ vmid: 100, type: 'qemu', isByHa: true }],
    },
    memory: { fits: true, sparePercent: 68, withoutRoom: [], toleratesFailure: true, drainSeconds: 82 },
    haServices: 1,
    ceph: ['mon', 'mgr', 'osd', 'mds'].map((kind) => ({
      name: kind === 'osd' ? 'osd.1' : `${kind}.pve2`,
      version: '19.2.3',
      isActive: kind === 'mon',
      isRestarted: null,
    })),
    packages: {
      baseline: null,
      changes: 1,
      kernel: { running: '6.14.8-2-pve', planned: '6.17.2-1-pve' },
    },
    reboot: { isDue: true, reasons: ['kernel 6.14.8-2-pve to 6.17.2-1-pve'] },
    problems: [],
  });
});

const mon = (...nodes: string[]): Json =>
  nodes.map((name) => ({ name, hostname: name, ceph_version_short: '19.2.3' }));

test.each<[string, PlanChange, string[]]>([
  ['the node it runs on is last', withoutCeph, ['pve3', 'pve2', 'pve1']],
  [
    'less memory to move first',
    { ...withoutCeph, json: { resources: guestsOn(['pve3', 8], ['pve2', 4]) } },
    ['pve2', 'pve3', 'pve1'],
  ],
  [
    'fewer guests first where their memory is equal',
    { ...withoutCeph, json: { resources: guestsOn(['pve2', 2], ['pve2', 2], ['pve3', 4]) } },
    ['pve3', 'pve2', 'pve1'],
  ],
  [
    'by name where all is equal',
    { ...withoutCeph, json: { resources: guestsOn() } },
    ['pve2', 'pve3', 'pve1'],
  ],
  [
    'the master of HA after the others',
    {
      ...withoutCeph,
      json: { resources: guestsOn(['pve3', 8]), haStatus: master('pve2') },
    },
    ['pve3', 'pve2', 'pve1'],
  ],
  [
    'nodes with a MON before nodes without',
    {
      json: {
        ...{ resources: guestsOn(['pve3', 8]), monitors: mon('pve3', 'pve1') },
        cephStatus: { ...(planJson()['cephStatus'] as object), fsmap: { by_rank: [] } },
      },
    },
    ['pve3', 'pve2', 'pve1'],
  ],
  [
    'an active MDS after its standbys',
    { json: { resources: guestsOn(['pve2', 8]) } },
    ['pve2', 'pve3', 'pve1'],
  ],
])('%s', (_, change, expected) => {
  expect(order(change)).toEqual(expected);
});

function master(node: string): Json {
  const status = planJson()['haStatus'] as { [name: string]: { [name: string]: Json } };
  return { ...status, manager_status: { ...status['manager_status'], master_node: node } };
}

function forecast(change: Partial<NodeForecast['result']> = {}): NodeForecast {
  const parsed = forecastSchema.parse(jsonAnswers('upgrade')['forecast']);
  return { ...parsed, result: { ...parsed.result, ...change } };
}

test('a forecast says what changes, and whether a reboot is due', () => {
  const plain = nodeOf('pve2', { forecasts: new Map([['pve2', forecast()]]) });
  expect(plain.packages).toEqual({
    ...{ baseline: 'pve9-prod-12', changes: 4 },
    kernel: { running: '6.17.2-1-pve', planned: '6.17.2-1-pve' },
  });
  expect(plain.reboot).toEqual({ isDue: false, reasons: [] });
  expect(nodeOf('pve2').reboot.isDue).toBeNull();
  const libc = forecast({ reboot: [{ package: 'libc6', what: 'every program keeps the old one' }] });
  expect(nodeOf('pve2', { forecasts: new Map([['pve2', libc]]) }).reboot).toEqual({
    isDue: true,
    reasons: ['libc6: every program keeps the old one'],
  });
  const refused = forecast({ verdict: 'stop', refusals: [{ package: 'proxmox-ve', what: 'is removed' }] });
  expect(nodeOf('pve2', { forecasts: new Map([['pve2', refused]]) }).problems).toEqual([
    'its forecast refuses the upgrade: proxmox-ve: is removed',
  ]);
});

test('Ceph daemons are restarted where the upgrade brings another version', () => {
  const ceph = (offered: string): PlanChange => ({
    versions: {
      pve2: [
        ...(versionsOf('9.1.4') as List),
        { Package: 'ceph', Version: offered, OldVersion: '19.2.3-pve1', CurrentState: 'Installed' },
      ],
    },
  });
  expect(nodeOf('pve2', ceph('19.2.3-pve2')).ceph.map(({ isRestarted }) => isRestarted)).toEqual([
    ...[false, false, false, false],
  ]);
  expect(nodeOf('pve2', ceph('19.2.4-pve1')).ceph.every(({ isRestarted }) => isRestarted)).toBe(true);
});

test.each<[string, string, PlanChange]>([
  [
    'a local disk',
    'guest 100 cannot be migrated: scsi0',
    { guests: new Map([[100, 'scsi0: local-lvm:x\n']]) },
  ],
  ['a passed-through card', 'hostpci0 is a device', { guests: new Map([[100, 'hostpci0: 01:00.0\n']]) }],
  ['a guest without a config', 'its configuration is unknown', { guests: new Map() }],
  ['no room', 'no room on the other nodes for guest 100', { json: { resources: guestsOn(['pve2', 50]) } }],
  [
    'two nodes without QDevice',
    'too few for a quorum',
    { answers: { quorum: { text: quorumText().replace('Expected votes:   3', 'Expected votes:   4') } } },
  ],
  [
    'too few MONs',
    'only 1 of 3 MONs',
    {
      json: {
        cephStatus: { ...(planJson()['cephStatus'] as object), quorum_names: ['pve1', 'pve2'] },
      },
    },
  ],
  ['no standby MDS', 'no standby MDS', { json: { metadataServers: mon('pve3') } }],
])('%s is a problem', (_, problem, change) => {
  const plan = planOf(change);
  expect(plan.verdict).toBe('stop');
  expect(plan.nodes.flatMap(({ problems }) => problems).join('\n')).toContain(problem);
  expect(planText(plan)).toContain(problem);
});

test('an offline node, or Ceph with an error, is a problem of the cluster', () => {
  const status = structuredClone(planJson()['clusterStatus']) as List;
  (status[3] as { [name: string]: Json })['online'] = 0;
  expect(planOf({ json: { clusterStatus: status } }).problems).toEqual(['pve3 is offline']);
  const ceph = structuredClone(planJson()['cephStatus']) as { health: { status: string } };
  ceph.health.status = 'HEALTH_ERR';
  expect(planOf({ json: { cephStatus: ceph } }).problems).toEqual(['Ceph has HEALTH_ERR']);
});

test('room for one failure more is told', () => {
  const crowded = guestsOn(['pve1', 40], ['pve2', 40], ['pve3', 40]);
  expect(nodeOf('pve2', { ...withoutCeph, json: { resources: crowded } }).memory).toMatchObject({
    ...{ fits: true, toleratesFailure: false },
  });
});

/** Members that a plan uses, by fact. */
const used: { [fact: string]: string[] } = {
  clusterStatus: ['0.nodes', '0.quorate', '1.local', '1.name', '1.type', '2.online', '2.nodeid'],
  haResources: ['0.sid'],
  haStatus: [
    ...['manager_status', 'manager_status.node_status', 'manager_status.service_status'],
    'manager_status.service_status.vm:100.node',
  ],
  resources: ['0.type', '0.node', '0.maxmem', '0.mem', '3.vmid', '3.node', '3.status', '3.maxmem'],
  cephStatus: [
    'quorum_names',
    'monmap.num_mons',
    'health.status',
    'fsmap',
    'fsmap.by_rank',
    'fsmap.by_rank.0.name',
  ],
  monitors: ['0.name', '0.hostname', '0.ceph_version_short'],
  managers: ['0.name', '0.hostname', '0.ceph_version_short'],
  metadataServers: ['0.name', '0.hostname', '0.ceph_version_short'],
  osds: ['0.id', '0.hostname', '0.ceph_version_short'],
  activeManager: ['active_name'],
  status: ['uptime', 'pveversion', 'current-kernel', 'rootfs.avail'],
  versions: ['0.Package', '0.RunningKernel', '1.Version', '1.OldVersion', '1.CurrentState'],
};

test.each(Object.entries(used))(
  '%s stops when a member is missing, null or of another type',
  (fact, members) => {
    for (const path of members) {
      for (const to of [undefined, null, { odd: true }]) {
        const value = structuredClone(planJson()[fact]) as { [name: string]: never };
        const steps = path.split('.');
        const last = steps.pop() ?? '';
        const holder = steps.reduce<{ [name: string]: never }>((inner, step) => inner[step] as never, value);
        expect(Object.hasOwn(holder, last), path).toBe(true);
        if (to === undefined) delete holder[last];
        else holder[last] = to as never;
        const { verdict } = planOf({ json: { [fact]: value } });
        expect({ path, to, verdict }).toEqual({ path, to, verdict: 'stop' });
      }
    }
  },
);

test.each(Object.keys(planJson()).concat('quorum', 'storages', 'cephConfig'))(
  'the answer %s stops when it failed or is old',
  (fact) => {
    for (const answer of [{ failure: 'Connection refused' }, { at: '2026-11-28T11:58:00Z' }, { at: 'x' }]) {
      const plan = planOf({ answers: { [fact]: answer } });
      expect(plan.verdict).toBe('stop');
      expect([...plan.problems, ...plan.nodes.flatMap(({ problems }) => problems)].join()).toContain(fact);
    }
  },
);

test('the text fits 80 columns but for sentences, and names the next command', () => {
  const text = planText(planOf());
  expect(text).toContain('Plan of 2026-11-28T12:00:00Z: go.');
  expect(text).toContain('Next: pommgr cluster gate --node pve2 --before drain --record');
  expect(planText(planOf({ answers: { quorum: { failure: 'x' } } }))).not.toContain('Next:');
});
