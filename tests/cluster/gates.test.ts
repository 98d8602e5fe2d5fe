/** Every gate by tables: what passes, what stops, and that nothing unknown passes. */
import { expect, test } from 'vitest';
import type { Before, GateQuestion } from '../../src/cluster/domain/check.ts';
import { judgeAnswers, jsonAnswers, now, quorumText, type Json } from '../support/cluster-answers.ts';

const all: Before[] = ['drain', 'upgrade', 'reboot', 'next'];
const leaving: Before[] = ['drain', 'upgrade', 'reboot'];
const out: Before[] = ['upgrade', 'reboot'];

test.each(all)('a healthy cluster is a go before %s', (before) => {
  const { verdict, checks } = judgeAnswers(before);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(verdict).toBe('go');
  expect(checks.length).toBeGreaterThanOrEqual(12);
});

/** Members that gates use, by fact and path, and the questions in which they are used. */
const used: [string, string, Before[]][] = [
  ...['0.nodes', '0.quorate', '1.type', '1.name', '1.nodeid', '2.online', '3.name'].map(
    (path): [string, string, Before[]] => ['clusterStatus', path, all],
  ),
  ['haResources', '0.sid', all],
  ...[
    'manager_status',
    'manager_status.timestamp',
    'manager_status.node_status',
    'manager_status.node_status.pve1',
    'manager_status.service_status',
    'manager_status.service_status.vm:100.node',
    'manager_status.service_status.vm:100.state',
    'quorum',
    'quorum.quorate',
    'lrm_status',
    'lrm_status.pve3',
    'lrm_status.pve3.mode',
    'lrm_status.pve3.timestamp',
  ].map((path): [string, string, Before[]] => ['haStatus', path, all]),
  ['haStatus', 'manager_status.node_status.pve2', ['upgrade', 'reboot', 'next']],
  ['haStatus', 'lrm_status.pve2.mode', ['upgrade', 'reboot', 'next']],
  ['haStatus', 'lrm_status.pve2.timestamp', ['upgrade', 'reboot', 'next']],
  ...['0.type', '0.node', '0.maxmem', '0.mem', '3.vmid', '3.node', '3.status', '3.maxmem'].map(
    (path): [string, string, Before[]] => ['resources', path, leaving],
  ),
  ...['0.upid', '0.node', '0.type', '0.starttime'].map((path): [string, string, Before[]] => [
    'tasks',
    path,
    all,
  ]),
  ...['0.id', '0.next-run'].map((path): [string, string, Before[]] => ['backupJobs', path, leaving]),
  ...['0.id', '0.next_sync'].map((path): [string, string, Before[]] => ['replication', path, leaving]),
  ['nodeStatus', 'rootfs.avail', ['upgrade', 'next']],
  ['nodeStatus', 'uptime', ['upgrade', 'next']],
  ['nodeStatus', 'pveversion', ['upgrade', 'next']],
  ['nodeStatus', 'current-kernel.release', ['upgrade', 'next']],
  ['services', '0.service', ['next']],
  ['services', '0.active-state', ['next']],
  ...[
    '0.Package',
    '0.RunningKernel',
    '1.Package',
    '1.Version',
    '1.OldVersion',
    '1.CurrentState',
    '2.OldVersion',
  ].map((path): [string, string, Before[]] => ['versions', path, ['upgrade', 'next']]),
  ['time', 'time', all],
  ...[
    'health',
    'health.status',
    'health.checks',
    'health.checks.OSDMAP_FLAGS.severity',
    'health.checks.OSDMAP_FLAGS.summary.message',
    'quorum_names',
    'quorum_names.0',
    'monmap.num_mons',
    'pgmap.num_pgs',
    'pgmap.pgs_by_state',
    'pgmap.pgs_by_state.0.state_name',
    'pgmap.pgs_by_state.0.count',
  ].map((path): [string, string, Before[]] => ['cephStatus', path, all]),
  ...[
    'nodes',
    'nodes.2.id',
    'nodes.2.name',
    'nodes.2.type',
    'nodes.5.status',
    'nodes.5.reweight',
    'stray',
  ].map((path): [string, string, Before[]] => ['osdTree', path, all]),
  ['okToStop', 'ok_to_stop', leaving],
  ['okToStop', 'osds', leaving],
  ...[
    'schema',
    'result',
    'result.subject.hostName',
    'result.subject.baseline',
    'result.subject.baseline.name',
    'result.subject.baseline.digest',
    'result.sources',
    'result.sources.0.changes',
    'result.sources.0.changes.0.name',
    'result.sources.0.changes.0.to',
    'result.reboot',
    'result.verdict',
    'result.refusals',
    'result.unknown',
  ].map((path): [string, string, Before[]] => ['forecast', path, ['upgrade']]),
  ...[
    'schema',
    'owner',
    'started',
    'baseline',
    ...['id', 'record', 'record.entries', 'record.sha256'],
    'nodes',
    'nodes.pve2.plannedPackages',
    'nodes.pve2.step',
    'nodes.pve2.bootedBefore',
    'nodes.pve2.since',
  ].map((path): [string, string, Before[]] => ['rollout', path, ['upgrade', 'reboot', 'next']]),
];

const gone = Symbol('gone');

function changed(value: Json, path: string, to: Json | typeof gone | ((old: Json) => Json)): Json {
  const copy = structuredClone(value) as { [name: string]: Json };
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let holder = copy;
  for (const step of steps) holder = holder[step] as { [name: string]: Json };
  if (!Object.hasOwn(holder, last)) throw new Error(`there is no ${path}`);
  if (to === gone) {
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else delete holder[last];
  } else holder[last] = typeof to === 'function' ? to(holder[last] ?? null) : to;
  return copy;
}

/** Of another type, and no value that could be meant. */
function otherType(old: Json): Json {
  if (typeof old === 'string') return 7;
  if (typeof old === 'number' || typeof old === 'boolean') return String(old);
  if (old === null) return 'never';
  return Array.isArray(old) ? { 0: 'x' } : ['x'];
}

/** Null says that there is none: no reboot let go, no plan, no version after a removal, no entry yet. */
const nullable = ['bootedBefore', 'baseline', 'plannedPackages', '.to', 'record'];

test.each(used)('%s.%s stops when it is missing, null, or of another type', (fact, path, questions) => {
  expect(questions.length).toBeGreaterThan(0);
  for (const before of questions) {
    const base = jsonAnswers(before)[fact] ?? null;
    const wrong: (typeof gone | null | typeof otherType)[] = [otherType];
    // An array without one element is another array.
    if (!nullable.some((name) => path.endsWith(name))) wrong.push(null);
    if (path !== 'quorum_names.0') wrong.push(gone);
    for (const to of wrong) {
      const { verdict } = judgeAnswers(before, { json: { [fact]: changed(base, path, to) } });
      expect({ before, how: String(to), verdict }).toEqual({ before, how: String(to), verdict: 'stop' });
    }
  }
});

const emptyMeansNone = ['haResources', 'tasks', 'backupJobs', 'replication'];
const wholes: [string, Before[]][] = [
  ...[
    'clusterStatus',
    'quorum',
    'haResources',
    'haStatus',
    'tasks',
    'options',
    'rollout',
    'cephConfig',
    'cephStatus',
    'time',
  ].map((fact): [string, Before[]] => [fact, all]),
  ...['resources', 'backupJobs', 'replication', 'okToStop'].map((fact): [string, Before[]] => [
    fact,
    leaving,
  ]),
  ['osdTree', all],
  ['storages', ['drain']],
  ['nodeStatus', ['upgrade', 'next']],
  ['versions', ['upgrade', 'next']],
  ['services', ['next']],
  ['forecast', ['upgrade']],
];

test.each(wholes)('the answer %s stops when it failed, is old, or is no such answer', (fact, questions) => {
  const at = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();
  const isText = ['storages', 'cephConfig'].includes(fact);
  const broken: object[] = [
    { failure: 'Connection refused' },
    { at: at(61) },
    { at: at(-10) },
    { at: 'yesterday' },
    ...(isText
      ? []
      : ['null', '[null]', '7', '"x"', '{"data":', 'ipcc_send_rec[1] failed'].map((text) => ({ text }))),
    ...(isText || emptyMeansNone.includes(fact) ? [] : [{ text: '[]' }]),
    ...(isText || fact === 'options' ? [] : [{ text: '{}' }]),
  ];
  for (const before of questions) {
    for (const answer of broken) {
      const { verdict, checks } = judgeAnswers(before, { answers: { [fact]: answer } });
      expect({ before, answer, verdict }).toEqual({ before, answer, verdict: 'stop' });
      expect(checks.every(({ seen, enough }) => seen !== '' && enough !== '')).toBe(true);
    }
  }
});

/** What stops, with the gate that says so. */
const stops: [string, Before[], string, Parameters<typeof judgeAnswers>[1]][] = [
  ['no quorum', all, 'quorum', { json: with_('clusterStatus', '0.quorate', 0) }],
  ['a node away', all, 'members', { json: with_('clusterStatus', '3.online', 0) }],
  [
    'a node that corosync lacks',
    all,
    'members',
    { answers: { quorum: { text: quorumText().replace(/^0x00000003.*\n/m, '') } } },
  ],
  ['two votes only', leaving, 'votes', { answers: { quorum: { text: twoNodes() } } }],
  ['an unknown node', all, 'members', { asked: { node: 'pve9' } }],
  [
    'another in maintenance',
    all,
    'maintenance',
    { json: with_('haStatus', 'manager_status.node_status.pve3', 'maintenance') },
  ],
  [
    'an LRM in maintenance',
    all,
    'maintenance',
    { json: with_('haStatus', 'lrm_status.pve1.mode', 'maintenance') },
  ],
  [
    'a fenced node',
    all,
    'maintenance',
    { json: with_('haStatus', 'manager_status.node_status.pve3', 'fence') },
  ],
  [
    'an old LRM',
    all,
    'maintenance',
    { json: with_('haStatus', 'lrm_status.pve1.timestamp', now.getTime() / 1000 - 61) },
  ],
  [
    'an old HA manager',
    all,
    'maintenance',
    { json: with_('haStatus', 'manager_status.timestamp', now.getTime() / 1000 - 300) },
  ],
  ['a rollout of somebody else', out, 'rollout', { asked: { owner: 'root@pve3' } }],
  ['another node unfinished', out, 'rollout', { json: with_('rollout', 'nodes.pve1.step', 'reboot') }],
  ['no rollout', ['upgrade', 'reboot', 'next'], 'rollout', { json: () => ({ rollout: '' }) }],
  ['a node that was not drained', out, 'rollout', { json: with_('rollout', 'nodes.pve2.step', 'back') }],
  ['a running backup', all, 'tasks', { json: with_('tasks', '0.endtime', gone) }],
  ['a task that nobody knows', all, 'tasks', { json: with_('tasks', '1.type', 'newtask') }],
  ['a backup soon', leaving, 'due', { json: with_('backupJobs', '0.next-run', now.getTime() / 1000 + 600) }],
  ['a backup of this node soon', leaving, 'due', { json: with_('backupJobs', '1.node', 'pve2') }],
  ['a replication soon', leaving, 'due', { json: with_('replication', '0.next_sync', 0) }],
  ['a rebalancer', all, 'balancers', { json: () => ({ options: { crs: { 'ha-auto-rebalance': 1 } } }) }],
  ['a clock that is off', all, 'clock', { json: with_('time', 'time', now.getTime() / 1000 - 30) }],
  ['HEALTH_ERR', all, 'ceph', { json: with_('cephStatus', 'health.status', 'HEALTH_ERR') }],
  [
    'nodown',
    all,
    'ceph',
    { json: with_('cephStatus', 'health.checks.OSDMAP_FLAGS.summary.message', 'noout,nodown flag(s) set') },
  ],
  [
    'degraded PGs',
    all,
    'ceph',
    { json: with_('cephStatus', 'pgmap.pgs_by_state.0.state_name', 'active+undersized+degraded') },
  ],
  ['PGs without a state', all, 'ceph', { json: with_('cephStatus', 'pgmap.num_pgs', 64) }],
  ['a MON away', leaving, 'ceph-mon', { json: with_('cephStatus', 'quorum_names', ['pve1', 'pve2']) }],
  ['MONs with other names', leaving, 'ceph-mon', { json: with_('cephStatus', 'quorum_names', ['a', 'b']) }],
  ['OSDs that may not stop', leaving, 'ceph-osd', { json: with_('okToStop', 'ok_to_stop', false) }],
  ['an answer about other OSDs', leaving, 'ceph-osd', { json: with_('okToStop', 'osds', [0]) }],
  ['a stray OSD', all, 'ceph-osd', { json: with_('osdTree', 'stray', [{ id: 9 }]) }],
  [
    'a service still there',
    out,
    'drained',
    { json: with_('haStatus', 'manager_status.service_status.vm:100.node', 'pve2') },
  ],
  [
    'the LRM alone in maintenance',
    out,
    'drained',
    { json: with_('haStatus', 'manager_status.node_status.pve2', 'online') },
  ],
  ['the manager alone', out, 'drained', { json: with_('haStatus', 'lrm_status.pve2.mode', 'active') }],
  ['a running guest', out, 'guests', { json: with_('resources', '3.node', 'pve2') }],
  ['a guest of an unknown kind', leaving, 'guests', { json: with_('resources', '3.type', 'vm') }],
  ['a node without an entry', leaving, 'guests', { json: with_('resources', '1', gone) }],
  ['a local disk', ['drain'], 'guests', { guests: new Map([[100, 'scsi0: local-lvm:vm-100-disk-0\n']]) }],
  [
    'a storage of some nodes',
    ['drain'],
    'guests',
    { guests: new Map([[100, 'scsi0: some:100/vm.qcow2\n']]) },
  ],
  ['a passed-through card', ['drain'], 'guests', { guests: new Map([[100, 'hostpci0: 0000:01:00.0\n']]) }],
  ['a guest without a config', ['drain'], 'guests', { guests: new Map() }],
  [
    'too little memory elsewhere',
    ['drain'],
    'memory',
    { json: with_('resources', '3.maxmem', 60 * 1024 ** 3) },
  ],
  ['too little room', ['upgrade'], 'space', { json: with_('nodeStatus', 'rootfs.avail', 1024) }],
  [
    'a refusal',
    ['upgrade'],
    'forecast',
    { json: with_('forecast', 'result.refusals', [{ package: 'proxmox-ve', what: 'would be removed' }]) },
  ],
  [
    'a forecast of another node',
    ['upgrade'],
    'forecast',
    { json: with_('forecast', 'result.subject.hostName', 'pve1') },
  ],
  [
    'something not forecast',
    ['upgrade'],
    'forecast',
    { json: with_('forecast', 'result.unknown', ['/boot']) },
  ],
  [
    'a forecast of another baseline',
    ['upgrade'],
    'baseline',
    { json: with_('forecast', 'result.subject.baseline.digest', '34'.repeat(32)) },
  ],
  [
    'a package that was not upgraded',
    ['next'],
    'versions',
    { json: with_('versions', '1.OldVersion', '9.1.4') },
  ],
  [
    'a package that is half installed',
    ['next'],
    'versions',
    { json: with_('versions', '1.CurrentState', 'HalfConfigured') },
  ],
  [
    'a planned package that is not listed',
    ['next'],
    'versions',
    { json: with_('rollout', 'nodes.pve2.plannedPackages', { 'pve-container': '6.0' }) },
  ],
  ['something left to change after the upgrade', ['next'], 'forecast', { asked: { hasForecast: true } }],
  [
    'a later forecast of another baseline',
    ['next'],
    'forecast',
    {
      asked: { hasForecast: true },
      json: with_('forecast', 'result.subject.baseline.digest', '34'.repeat(32)),
    },
  ],
  ['no reboot yet', ['next'], 'back', { json: with_('nodeStatus', 'uptime', 90_000) }],
  [
    'the old kernel',
    ['next'],
    'back',
    { json: with_('nodeStatus', 'current-kernel.release', '6.14.8-2-pve') },
  ],
  ['the old version', ['next'], 'back', { json: with_('nodeStatus', 'pveversion', 'pve-manager/9.1.4/x') }],
  ['a service that failed', ['next'], 'services', { json: with_('services', '5.active-state', 'failed') }],
  [
    'still in maintenance',
    ['next'],
    'ha',
    { json: with_('haStatus', 'lrm_status.pve2.mode', 'maintenance') },
  ],
  ['an OSD down', ['next'], 'ceph-osd', { json: with_('osdTree', 'nodes.5.status', 'down') }],
  ['an OSD out', ['next'], 'ceph-osd', { json: with_('osdTree', 'nodes.5.reweight', 0) }],
] as never;

/** Changes the answer that belongs to the question. */
function with_(
  fact: string,
  path: string,
  to: Json | typeof gone,
): (before: Before) => { [fact: string]: Json } {
  return (before) => ({ [fact]: changed(jsonAnswers(before)[fact] ?? null, path, to) });
}

function twoNodes(): string {
  return quorumText()
    .replace('Expected votes:   3', 'Expected votes:   2')
    .replace('Total votes:      3', 'Total votes:      2')
    .replace(/^0x00000003.*\n/m, '');
}

test.each(stops)('%s stops', (_, questions, gate, change) => {
  const { json, ...rest } = change as unknown as { json?: (before: Before) => { [fact: string]: Json } };
  for (const before of questions) {
    const { verdict, checks } = judgeAnswers(before, {
      ...rest,
      ...(json === undefined ? {} : { json: json(before) }),
    });
    expect(verdict).toBe('stop');
    expect(checks.filter(({ ok }) => !ok).map((check) => check.gate)).toContain(gate);
  }
});

const passes: [
  string,
  Before,
  {
    json?: { [fact: string]: Json };
    answers?: { [fact: string]: object };
    guests?: Map<number, string>;
    asked?: Partial<GateQuestion>;
  },
][] = [
  [
    'a local disk of a guest that may stay',
    'drain',
    { guests: new Map([[100, 'scsi0: local-lvm:x\n']]), asked: { acceptedGuests: [100] } },
  ],
  [
    'a snapshot with a local disk',
    'drain',
    { guests: new Map([[100, 'scsi0: ceph:x\n\n[before]\nscsi0: local-lvm:x\n']]) },
  ],
  ['a spice device', 'drain', { guests: new Map([[100, 'usb0: spice\nserial0: socket\n']]) }],
  [
    'a forecast after the upgrade that changes nothing',
    'next',
    {
      json: { forecast: changed(jsonAnswers('next')['forecast'] ?? null, 'result.sources', []) },
      asked: { hasForecast: true },
    },
  ],
  [
    'a pinned kernel that was named',
    'next',
    {
      json: {
        nodeStatus: changed(
          jsonAnswers('next')['nodeStatus'] ?? null,
          'current-kernel.release',
          '6.14.8-2-pve',
        ),
      },
      asked: { plannedKernel: '6.14.8-2-pve' },
    },
  ],
  ['a rollout taken over', 'upgrade', { asked: { owner: 'root@pve3', takeOver: true } }],
  ['a QDevice with a vote', 'reboot', { answers: { quorum: { text: quorumText('A,V,NMW') } } }],
  [
    'no Ceph',
    'reboot',
    {
      answers: {
        cephConfig: { text: '' },
        cephStatus: { failure: 'x' },
        osdTree: { failure: 'x' },
        okToStop: { failure: 'x' },
      },
    },
  ],
  [
    'HA without resources',
    'reboot',
    { json: { haResources: [] }, answers: { haStatus: { failure: 'no manager' } } },
  ],
  ['a backup that is off', 'drain', { json: { backupJobs: [{ id: 'b', enabled: 0, 'next-run': 0 }] } }],
];

test.each(passes)('%s passes before %s', (_, before, change) => {
  const { verdict, checks } = judgeAnswers(before, change);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(verdict).toBe('go');
});

test('a QDevice that is away or votes no does not count', () => {
  const text = quorumText('NA,NV,NMW')
    .replace('Expected votes:   4', 'Expected votes:   5')
    .replace('Total votes:      4', 'Total votes:      5');
  const { checks } = judgeAnswers('reboot', { answers: { quorum: { text } } });
  expect(checks.find(({ gate }) => gate === 'votes')).toMatchObject({
    ok: false,
    seen: '2 of 5 expected votes are left',
  });
});
