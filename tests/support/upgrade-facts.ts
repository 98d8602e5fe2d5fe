/** Facts of a host that has PVE, PBS and PMG and is ready for Debian 13; a test changes what it is about. */
import type { SourceEntry } from '../../src/apt/domain/apt-sources.ts';
import type { Fact } from '../../src/core/domain/fact.ts';
import type { UpgradeFacts } from '../../src/upgrade/domain/checks/facts.ts';
import {
  clockUnits,
  otherUnits,
  productUnits,
  textSources,
  type TextName,
} from '../../src/upgrade/domain/checks/texts.ts';

const now = new Date('2026-11-28T12:00:00Z');
const epoch = now.getTime() / 1000;
const gigabyte = 1e9;

export function fact<T>(value: T): Fact<T> {
  return { isKnown: true, source: 'a test', at: now.toISOString(), value };
}

export function unknownFact(source: string): Fact<never> {
  return { isKnown: false, source, why: 'it was not to be had' };
}

export function source(more: Partial<SourceEntry> = {}): SourceEntry {
  return {
    ...{ file: '/etc/apt/sources.list.d/debian.sources', line: 1, types: ['deb'], enabled: true },
    uris: ['http://ftp.debian.org/debian'],
    suites: ['bookworm', 'bookworm-updates'],
    ...{ components: ['main'], architectures: [], otherOptions: new Map() },
    ...more,
  };
}

export function installed(name: string, version: string, more: { hold?: boolean } = {}) {
  return { name, version, architecture: 'amd64', automatic: false, hold: false, ...more };
}

/** What pve8to9, pbs3to4 and pmg8to9 print; two of them in colours. */
export function toolAnswer(...lines: string[]): string {
  const green = (text: string): string => `\u001b[32m${text}\n\u001b[0m`;
  return [
    '= CHECKING VERSION INFORMATION =\n\n',
    green('PASS: all packages up-to-date'),
    ...lines.map((line) => `${line}\n`),
    '\n= SUMMARY =\n\nTOTAL:    2\n',
    green('PASSED:   2'),
  ].join('');
}

const json = (value: unknown): string => JSON.stringify(value);

/** Files and answers; what is not here the host does not have. */
export const goodTexts: Partial<Record<TextName, string>> = {
  hosts: '127.0.0.1 localhost\n192.0.2.2 pve2.example.com pve2\n',
  interfaces: 'auto vmbr0\niface vmbr0 inet static\n  bridge-ports nic0\n',
  sysctl: '# nothing\n\n; nor here\n',
  timeZone: 'Asia/Tokyo\n',
  authorizedKeys: '# keys\nssh-ed25519 AAAA root@pve1\n',
  sshServerConfig: 'PermitRootLogin yes\n#HostKey /etc/ssh/ssh_host_dsa_key\n',
  bootUuids: 'ABCD-0001\nABCD-0002\n',
  bootTool:
    'System currently booted with uefi\nABCD-0001 is configured with: uefi (versions: 6.8.12-9-pve)\nABCD-0002 is configured with: uefi (versions: 6.8.12-9-pve)\n',
  commandLine: 'initrd=\\EFI\\x root=ZFS=rpool/ROOT/pve-1 boot=zfs\n',
  memory: 'MemTotal: 65536000 kB\nMemAvailable: 32768000 kB\n',
  processor: 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme\n',
  storages:
    'dir: local\n\tpath /var/lib/vz\n\tcontent iso\n\nlvm: san\n\tvgname san\n\tshared 1\n\nrbd: ext\n\tmonhost 192.0.2.9\n\tpool p\n',
  jobs: 'vzdump: backup-1\n\tschedule 02:00\n\tstorage pbs\n',
  notifications: 'matcher: default-matcher\n\tmode all\n',
  users: 'user:root@pam:1:0:::::\nrole:Ours:VM.Audit,VM.Console:\n',
  cephConfig: '[global]\n\tfsid = x\n',
  corosync: 'totem {\n  secauth: on\n  version: 2\n}\n',
  clusterStatus: json([
    { type: 'cluster', id: 'cluster', name: 'site', nodes: 3, quorate: 1, version: 3 },
    ...['pve1', 'pve2', 'pve3'].map((name, index) => ({ type: 'node', name, nodeid: index + 1, online: 1 })),
  ]),
  tasks: json([{ type: 'vzdump', node: 'pve1', id: '100', starttime: epoch - 90, endtime: epoch - 60 }]),
  haResources: json([{ sid: 'vm:100' }]),
  haStatus: json({
    manager_status: {
      node_status: { pve1: 'online', pve2: 'maintenance', pve3: 'online' },
      service_status: { 'vm:100': { node: 'pve1', state: 'started', uid: 'u' } },
    },
  }),
  backups: json([{ type: 'vzdump', starttime: epoch - 90_000, endtime: epoch - 86_400, status: 'OK' }]),
  notBackedUp: '[]',
  cephStatus: json({
    health: {
      status: 'HEALTH_WARN',
      checks: { OSDMAP_FLAGS: { summary: { message: 'noout flag(s) set' } } },
    },
  }),
  cephVersions: json({ overall: { 'ceph version 19.2.3 (abc) squid (stable)': 9 } }),
  volumes: json({ report: [{ lv: [{ vg_name: 'san', lv_name: 'vm-100-disk-0', autoactivation: '' }] }] }),
  lvmConfig: 'devices {\n\tglobal_filter=["r|/dev/zd.*|"]\n}\n',
  pools: 'all pools are healthy\n',
  clock: 'NTPSynchronized=yes\n',
  pbsTasks: json([{ worker_type: 'backup', worker_id: 's', starttime: 1, endtime: 2, upid: 'x' }]),
  databases: '15  main    5432 online postgres /var/lib/postgresql/15/main log\n',
  pmgCluster: 'master: 1\n\tname pve2\n\tip 192.0.2.2\n\nnode: 2\n\tname pmg2\n',
  pmgStatus:
    'NAME(CID)--------------IPADDRESS----ROLE-STATE---------UPTIME---LOAD----MEM---DISK\npve2(1)  192.0.2.2  master A  1 day 21:18  0.30  80%  41%\npmg2(2)  192.0.2.3  node   A  1 day 21:18  0.30  80%  41%\n',
  pve8to9: toolAnswer('SKIP: no need', 'PASS: fine'),
  pbs3to4: toolAnswer('PASS: fine'),
  pmg8to9: toolAnswer('PASS: fine'),
};

export type Texts = Partial<Record<TextName, string | null>>;

export function texts(changed: Texts = {}): UpgradeFacts['texts'] {
  const all: Texts = { ...goodTexts, ...changed };
  const entries = (Object.keys(textSources) as TextName[]).map(
    (name) => [name, fact(all[name] ?? null)] as const,
  );
  return Object.fromEntries(entries) as UpgradeFacts['texts'];
}

export function units(changed: Record<string, string> = {}): ReadonlyMap<string, string> {
  const running = [...productUnits.pve, ...productUnits.pbs, 'chrony', 'corosync'];
  const all = [...clockUnits, ...otherUnits, ...Object.values(productUnits).flat()];
  return new Map(
    all.map((unit) => [unit, changed[unit] ?? (running.includes(unit) ? 'active' : 'inactive')]),
  );
}

export const goodPackages = [
  installed('pve-manager', '8.4.14'),
  installed('proxmox-backup-server', '3.4.8-1'),
  installed('pmg-api', '8.2.9'),
  installed('ceph-osd', '19.2.3-pve1'),
  installed('intel-microcode', '3.20250512.1~deb12u1'),
  installed('openssh-server', '1:9.2p1-2+deb12u7'),
];

/** What the store has for the next release: everything that is installed, but for these. */
export function nextPackages(...without: string[]) {
  const names = goodPackages.map(({ name }) => name).filter((name) => !without.includes(name));
  return { baseline: 'site-7', target: 'pve-9', names: new Set(names) };
}

export function readyHost(changed: Partial<UpgradeFacts> = {}): UpgradeFacts {
  return {
    now,
    host: {
      hostName: 'pve2',
      products: ['pbs', 'pmg', 'pve'],
      codename: 'bookworm',
      architecture: 'amd64',
      phase: 'before',
    },
    texts: texts(),
    sources: fact({ entries: [source()], problems: [] }),
    packages: fact({ packages: goodPackages, unfinished: [] }),
    conffiles: fact({ changed: [], answer: 'ask' }),
    plan: fact({ incoming: [], remove: [] }),
    offers: fact({ foreign: [], vendors: [] }),
    nextPackages: fact(nextPackages()),
    dpkgAudit: fact(''),
    aptCheck: fact(''),
    rooms: fact([
      { place: '/', freeBytes: 40 * gigabyte },
      { place: '/var', freeBytes: 20 * gigabyte },
    ]),
    boot: fact({
      places: [{ place: '/', kind: 'boot', freeBytes: 40 * gigabyte }],
      kernels: ['6.8.12-8-pve', '6.8.12-9-pve'],
      largestInitramfsBytes: 70_000_000,
      hasRemovableLoader: true,
    }),
    firmware: fact('efi'),
    runningKernel: fact('6.8.12-9-pve'),
    rrdBytes: fact(new Map([['pve2-vm', 50_000_000]])),
    cards: fact([{ name: 'nic0', isPinned: true }]),
    addresses: fact(['127.0.0.1', '192.0.2.2']),
    guests: fact([
      { vmid: 100, kind: 'qemu', text: 'machine: pc-q35-9.0\nnet0: virtio\n' },
      { vmid: 101, kind: 'lxc', text: 'ostype: debian\nlxc.cgroup2.memory.max: 1G\n' },
      { vmid: 102, kind: 'lxc', text: 'ostype: alpine\n' },
    ]),
    containers: fact(new Map([[101, 252]])),
    certificates: fact([{ path: '/etc/pve/local/pve-ssl.pem', type: 'rsa', rsaBits: 2048 }]),
    units: fact(units()),
    dkmsModules: fact([]),
    isUsrMerged: fact(true),
    datastores: fact([{ name: 'store', path: '/mnt/store', isThere: true, isRemovable: false }]),
    rbdConfigs: fact(
      new Map([
        ['ext', { hasKeyring: true, text: '[global]\n\tkeyring = /etc/pve/priv/ceph/ext.keyring\n' }],
      ]),
    ),
    pmgBackups: fact(['pmg-backup_2026_11_26_6742ABCD.tgz']),
    ...changed,
  };
}
