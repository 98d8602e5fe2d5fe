/**
 * What the tools of a cluster of three nodes answer, in the shapes of real ones: pve2 is the node in question, HA has one
 * service, Ceph one OSD a node.
 */
import type { Before, GateQuestion } from '../../src/cluster/domain/check.ts';
import type { Answer } from '../../src/core/domain/fact.ts';
import { factsOf, type GateAnswers } from '../../src/cluster/domain/facts.ts';
import { judge, type Verdict } from '../../src/cluster/domain/gate.ts';

export const now = new Date('2026-11-28T12:00:00Z');
const epoch = now.getTime() / 1000;
const gibibyte = 1024 ** 3;
const baseline = { name: 'pve9-prod-12', digest: '12'.repeat(32) };
export const names = ['pve1', 'pve2', 'pve3'];

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export const quorumText = (qdevice: '' | 'A,V,NMW' | 'NA,NV,NMW' = ''): string =>
  [
    'Cluster information',
    '-------------------',
    'Name:             site',
    'Config Version:   3',
    'Transport:        knet',
    'Secure auth:      on',
    '',
    'Quorum information',
    '------------------',
    'Date:             Sat Nov 28 12:00:00 2026',
    'Quorum provider:  corosync_votequorum',
    'Nodes:            3',
    'Node ID:          0x00000001',
    'Ring ID:          1.2a',
    'Quorate:          Yes',
    '',
    'Votequorum information',
    '----------------------',
    `Expected votes:   ${qdevice === '' ? 3 : 4}`,
    `Highest expected: ${qdevice === '' ? 3 : 4}`,
    `Total votes:      ${qdevice === '' ? 3 : 4}`,
    `Quorum:           ${qdevice === '' ? 2 : 3}  `,
    `Flags:            Quorate ${qdevice === '' ? '' : 'Qdevice '}`,
    '',
    'Membership information',
    '----------------------',
    `    Nodeid      Votes ${qdevice === '' ? '' : '   Qdevice '}Name`,
    ...names.map(
      (_, index) =>
        `0x0000000${index + 1}          1 ${qdevice === '' ? '' : `${qdevice} `}192.0.2.${index + 1}`,
    ),
    ...(qdevice === '' ? [] : ['0x00000000          1            Qdevice']),
    '',
  ].join('\n');

const timestamps = (value: string): { [name: string]: Json } =>
  Object.fromEntries(
    names.map((name) => [name, { mode: value, state: 'active', timestamp: epoch - 4, results: {} }]),
  );

/** JSON by name of the fact; extra members are those that real answers have, too. */
export function jsonAnswers(before: Before): { [fact: string]: Json } {
  const isOut = before === 'upgrade' || before === 'reboot';
  const lrm = timestamps('active');
  const status: { [name: string]: Json } = { pve1: 'online', pve2: 'online', pve3: 'online' };
  if (isOut) {
    lrm['pve2'] = { mode: 'maintenance', state: 'wait_for_agent_lock', timestamp: epoch - 4, results: {} };
    status['pve2'] = 'maintenance';
  }
  const serviceNode = isOut ? 'pve3' : 'pve2';
  return {
    clusterStatus: [
      { type: 'cluster', id: 'cluster', name: 'site', nodes: 3, quorate: 1, version: 3 },
      ...names.map((name, index) => ({
        ...{
          type: 'node',
          id: `node/${name}`,
          name,
          nodeid: index + 1,
          online: 1,
          local: index === 0 ? 1 : 0,
        },
        ...{ ip: `192.0.2.${index + 1}`, level: '' },
      })),
    ],
    haResources: [{ sid: 'vm:100', state: 'started', type: 'vm', digest: 'x' }],
    haStatus: {
      manager_status: {
        master_node: 'pve1',
        timestamp: epoch - 4,
        node_status: status,
        node_request: {},
        service_status: { 'vm:100': { node: serviceNode, state: 'started', uid: 'u', running: 1 } },
      },
      quorum: { node: 'pve1', quorate: '1' },
      lrm_status: lrm,
    },
    resources: [
      ...names.map((node) => ({
        ...{ type: 'node', id: `node/${node}`, node, status: 'online', level: '' },
        ...{ maxmem: 64 * gibibyte, mem: 16 * gibibyte, maxcpu: 8, cpu: 0.1 },
      })),
      {
        ...{ type: 'qemu', id: 'qemu/100', vmid: 100, name: 'web', node: serviceNode, status: 'running' },
        ...{ maxmem: 8 * gibibyte, mem: gibibyte, template: 0, hastate: 'started' },
      },
      { type: 'lxc', id: 'lxc/101', vmid: 101, node: 'pve2', status: 'stopped', maxmem: gibibyte, mem: 0 },
      { type: 'storage', id: 'storage/pve1/local', node: 'pve1', storage: 'local', status: 'available' },
      { type: 'sdn', id: 'sdn/pve1/localnetwork', node: 'pve1', sdn: 'localnetwork', status: 'ok' },
    ],
    tasks: [
      {
        upid: 'UPID:pve1:1',
        node: 'pve1',
        type: 'vzdump',
        id: '100',
        user: 'root@pam',
        starttime: epoch - 9000,
        endtime: epoch - 8000,
        status: 'OK',
      },
      {
        upid: 'UPID:pve3:2',
        node: 'pve3',
        type: 'vncshell',
        id: '',
        user: 'root@pam',
        starttime: epoch - 30,
      },
    ],
    backupJobs: [
      { id: 'backup-1', schedule: '21:00', enabled: 1, 'next-run': epoch + 9 * 3600, all: 1, storage: 'pbs' },
      {
        id: 'backup-2',
        schedule: '12:05',
        enabled: 1,
        node: 'pve3',
        'next-run': epoch + 300,
        storage: 'pbs',
      },
      { id: 'backup-3', schedule: '12:05', enabled: 0, storage: 'pbs' },
    ],
    options: { keyboard: 'en-us', crs: { ha: 'static', 'ha-rebalance-on-start': 1 } },
    nodeStatus: {
      uptime: 600,
      pveversion: 'pve-manager/9.2.11/1234567890abcdef',
      kversion: 'Linux 6.17.2-1-pve',
      'current-kernel': { sysname: 'Linux', release: '6.17.2-1-pve', version: '#1', machine: 'x86_64' },
      'boot-info': { mode: 'efi', secureboot: 0 },
      rootfs: { total: 100 * gibibyte, used: 20 * gibibyte, avail: 80 * gibibyte, free: 80 * gibibyte },
    },
    services: [
      'corosync',
      'cron',
      'pve-cluster',
      'pve-ha-crm',
      'pve-ha-lrm',
      'pvedaemon',
      'pveproxy',
      'pvestatd',
    ].map((service) => ({
      service,
      name: service,
      desc: service,
      state: 'running',
      'active-state': 'active',
      'unit-state': 'enabled',
    })),
    replication: [
      {
        id: '100-0',
        guest: 100,
        jobnum: 0,
        source: 'pve2',
        target: 'pve3',
        next_sync: epoch + 7200,
        last_sync: epoch - 9000,
        fail_count: 0,
      },
    ],
    versions: versionsOf(before === 'next' ? '9.2.11' : '9.1.4'),
    time: { time: epoch, localtime: epoch + 3600, timezone: 'Europe/Vienna' },
    cephStatus: {
      fsid: 'f',
      health: {
        status: 'HEALTH_WARN',
        checks: {
          OSDMAP_FLAGS: {
            severity: 'HEALTH_WARN',
            summary: { message: 'noout flag(s) set', count: 1 },
            muted: false,
          },
        },
        mutes: [],
      },
      quorum: [0, 1, 2],
      quorum_names: names,
      monmap: { epoch: 3, min_mon_release_name: 'squid', num_mons: 3 },
      osdmap: { num_osds: 3, num_up_osds: 3, num_in_osds: 3 },
      pgmap: {
        num_pgs: 33,
        pgs_by_state: [
          { state_name: 'active+clean', count: 32 },
          { state_name: 'active+clean+scrubbing+deep', count: 1 },
        ],
      },
    },
    osdTree: {
      nodes: [
        { id: -1, name: 'default', type: 'root', type_id: 11, children: [-3, -5, -7] },
        ...names.map((name, index) => ({
          id: -3 - 2 * index,
          name,
          type: 'host',
          type_id: 1,
          children: [index],
        })),
        ...names.map((_, id) => ({
          ...{ id, name: `osd.${id}`, type: 'osd', type_id: 0, crush_weight: 1, depth: 2 },
          ...{ exists: 1, status: 'up', reweight: 1, primary_affinity: 1 },
        })),
      ],
      stray: [],
    },
    okToStop: { ok_to_stop: true, osds: [1], num_ok_pgs: 33, num_not_ok_pgs: 0 },
    forecast: {
      schema: 'pommgr/forecast-result/v1',
      result: {
        subject: { kind: 'applied', baseline, hostName: 'pve2', root: '/' },
        sources: [
          {
            source: 'pve-manager',
            mirrors: ['pve'],
            changes: [change('pve-manager', 'upgrade', '9.2.11'), change('pve-new', 'install', '1.0')],
          },
          {
            source: 'proxmox-kernel-6.17',
            mirrors: ['pve'],
            changes: [change('proxmox-kernel-6.17.2-1-pve-signed', 'install', '6.17.2-1')],
          },
          { source: 'pve-old', mirrors: [], changes: [change('pve-old', 'remove', null)] },
        ],
        ...{ verdict: 'go', refusals: [], unknown: [], reboot: [] },
      },
      warnings: [],
    },
    rollout:
      before === 'drain'
        ? ''
        : {
            schema: 'pommgr/rollout/v1',
            id: '20261128T110000Z-0123456789abcdef',
            record: { entries: 3, sha256: '3'.repeat(64) },
            owner: 'root@pve1',
            started: '2026-11-28T11:00:00Z',
            baseline,
            nodes: {
              pve1: {
                step: 'back',
                since: '2026-11-28T11:20:00Z',
                bootedBefore: null,
                plannedKernel: null,
                plannedVersion: null,
                plannedPackages: null,
              },
              pve2: {
                step: before === 'next' ? 'reboot' : 'drain',
                since: '2026-11-28T11:40:00Z',
                bootedBefore: before === 'next' ? epoch - 90_000 : null,
                plannedKernel: '6.17.2-1-pve',
                plannedVersion: 'pve-manager/9.2.11/1234567890abcdef',
                plannedPackages: {
                  'proxmox-kernel-6.17': '6.17.2-1',
                  'proxmox-ve': '9.1.0',
                  'pve-manager': '9.2.11',
                },
              },
            },
          },
  };
}

/** As `/nodes/N/apt/versions` lists them: OldVersion is what is installed. */
export function versionsOf(manager: string, kernel = '6.17.2-1-pve'): Json {
  const entry = { Arch: 'amd64', Origin: 'Proxmox', Section: 'admin', CurrentState: 'Installed' };
  const same = (name: string, version: string) => ({
    ...entry,
    ...{ Package: name, Version: version, OldVersion: version },
  });
  return [
    { ...same('proxmox-ve', '9.1.0'), RunningKernel: kernel },
    { ...same('pve-manager', '9.2.11'), OldVersion: manager, ManagerVersion: `${manager}/1234567890abcdef` },
    same('proxmox-kernel-6.17', '6.17.2-1'),
    { ...entry, Package: 'ifupdown', Version: '0.8.44', CurrentState: 'NotInstalled' },
  ];
}

function change(name: string, action: string, to: string | null): Json {
  return { ...{ name, action, to }, architecture: 'amd64', from: action === 'install' ? null : '9.1.4' };
}

export const storageConfig = `dir: local
\tpath /var/lib/vz
\tcontent iso,backup

rbd: ceph
\tcontent images
\tpool vm

lvmthin: local-lvm
\tthinpool data

nfs: some
\tserver 192.0.2.9
\tnodes pve1,pve2
`;
export const guestConfig =
  'boot: order=scsi0\nide2: none,media=cdrom\nscsi0: ceph:vm-100-disk-0,size=32G\nnet0: virtio=AA\n';

const question: Omit<GateQuestion, 'before'> = {
  node: 'pve2',
  owner: 'root@pve1',
  takeOver: false,
  windowMinutes: 30,
  neededBytes: 2 * gibibyte,
  acceptedGuests: [],
  hasForecast: false,
};

/** Answers as texts; a changed one replaces JSON or the whole answer. */
export function judgeAnswers(
  before: Before,
  {
    json = {},
    answers = {},
    guests = new Map([[100, guestConfig]]),
    asked = {},
  }: {
    json?: { [fact: string]: Json };
    answers?: { [fact: string]: Partial<Answer> & object };
    guests?: Map<number, string>;
    asked?: Partial<GateQuestion>;
  } = {},
): Verdict {
  const at = new Date(now.getTime() - 2000).toISOString();
  const texts: [string, string][] = Object.entries({ ...jsonAnswers(before), ...json }).map(
    ([fact, value]) => [fact, value === '' ? '' : JSON.stringify(value)],
  );
  texts.push(['quorum', quorumText()], ['storages', storageConfig], ['cephConfig', '[global]\nfsid = f\n']);
  const all = Object.fromEntries(
    texts.map(([source, text]) => [source, { source, at, text, ...answers[source] }]),
  ) as unknown as GateAnswers;
  const guestConfigs = { isKnown: true as const, source: 'guestConfigs', at, value: guests };
  return judge(factsOf(all, { guestConfigs, now }), { ...question, before, ...asked });
}
