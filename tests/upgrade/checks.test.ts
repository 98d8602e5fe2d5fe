/** The checks before a major upgrade, pure: each with facts that pass and facts that do not; unknown never passes. */
import { expect, test } from 'vitest';
import { allChecks, judgeUpgrade } from '../../src/upgrade/domain/checks/all.ts';
import type { CheckReport } from '../../src/upgrade/domain/checks/check-report.ts';
import type { UpgradeFacts } from '../../src/upgrade/domain/checks/facts.ts';
import { checkText } from '../../src/upgrade/ui/check-text.ts';
import {
  fact,
  goodPackages,
  installed,
  nextPackages,
  readyHost,
  source,
  texts,
  toolAnswer,
  units,
  unknownFact,
  type Texts,
} from '../support/upgrade-facts.ts';

type Verdict = 'fail' | 'warn' | 'pass' | 'unknown';
type Case = [id: string, verdict: Verdict, seen: RegExp, changed: Partial<UpgradeFacts>];

const withText = (changed: Texts): Partial<UpgradeFacts> => ({ texts: texts(changed) });
const withPackage = (name: string, version: string): Partial<UpgradeFacts> => ({
  packages: fact({
    packages: [...goodPackages.filter((item) => item.name !== name), installed(name, version)],
    unfinished: [],
  }),
});
const withSources = (...more: Parameters<typeof source>[0][]): Partial<UpgradeFacts> => ({
  sources: fact({ entries: [source(), ...more.map(source)], problems: [] }),
});
const boot = (more: object): Partial<UpgradeFacts> => {
  const { boot: good } = readyHost();
  return good.isKnown ? { boot: fact({ ...good.value, ...more }) } : {};
};
const room = (freeBytes: number): Partial<UpgradeFacts> => ({ rooms: fact([{ place: '/', freeBytes }]) });
const guest = (kind: 'lxc' | 'qemu', text: string): Partial<UpgradeFacts> => ({
  guests: fact([{ vmid: 105, kind, text }]),
  containers: fact(new Map()),
});
const json = JSON.stringify;
const node = (name: string, online: 0 | 1) => ({ type: 'node', name, nodeid: 1, online });
const health = (status: string, checks: object) => json({ health: { status, checks } });
const after = readyHost().host;
const upgraded: Partial<UpgradeFacts> = { host: { ...after, codename: 'trixie', phase: 'after' } };

const cases: Case[] = [
  ['next-versions', 'warn', /no baseline/, { nextPackages: fact(null) }],
  ['next-versions', 'fail', /site-7 has no pmg-api/, { nextPackages: fact(nextPackages('pmg-api')) }],
  [
    'next-versions',
    'warn',
    /no agent for the target pve-9/,
    {
      packages: fact({
        packages: [
          ...goodPackages,
          installed('agent', '1'),
          installed('proxmox-kernel-6.8.4-2-pve-signed', '1'),
        ],
        unfinished: [],
      }),
    },
  ],
  [
    'vendor-packages',
    'pass',
    /site-7 has all/,
    { offers: fact({ foreign: [], vendors: [{ name: 'pmg-api', origin: 'Vendor' }] }) },
  ],
  [
    'dpkg-state',
    'fail',
    /pve-manager is half-configured/,
    {
      packages: fact({
        packages: goodPackages,
        unfinished: [{ name: 'pve-manager', status: 'half-configured' }],
      }),
    },
  ],
  ['dpkg-state', 'fail', /triggers/, { dpkgAudit: fact('The following packages await triggers\n') }],
  [
    'dpkg-state',
    'warn',
    /md5sums/,
    {
      dpkgAudit: fact(
        'The following packages are missing the md5sums control file in the\ndatabase, they need to be reinstalled:\n agent  monitoring\n\n',
      ),
    },
  ],
  ['apt-check', 'fail', /Depends: b/, { aptCheck: fact(' a : Depends: b but it is not installed\n') }],
  [
    'held-packages',
    'fail',
    /^zfsutils-linux$/,
    {
      packages: fact({
        packages: [...goodPackages, installed('zfsutils-linux', '2', { hold: true })],
        unfinished: [],
      }),
    },
  ],
  [
    'product-version',
    'fail',
    /pve-manager is 8\.3\.5, expected at least 8\.4\.0/,
    withPackage('pve-manager', '8.3.5'),
  ],
  [
    'product-version',
    'fail',
    /proxmox-backup-server is 3\.4\.1-1/,
    withPackage('proxmox-backup-server', '3.4.1-1'),
  ],
  ['product-version', 'fail', /pmg-api is 8\.1\.3/, withPackage('pmg-api', '8.1.3')],
  ['product-version', 'fail', /pve-manager is 8\.4\.14, expected at least 9/, upgraded],
  [
    'pending-updates',
    'warn',
    /would change pve-manager/,
    {
      plan: fact({
        incoming: [{ name: 'pve-manager', architecture: 'all', from: '1', to: '2' }],
        remove: [],
      }),
    },
  ],
  [
    'foreign-packages',
    'warn',
    /no source has old-tool/,
    { offers: fact({ foreign: ['old-tool'], vendors: [] }) },
  ],
  [
    'vendor-packages',
    'warn',
    /agent \(Vendor\)/,
    { offers: fact({ foreign: [], vendors: [{ name: 'agent', origin: 'Vendor' }] }) },
  ],
  [
    'changed-conffiles',
    'warn',
    /\/etc\/lvm\/lvm\.conf/,
    {
      conffiles: fact({
        changed: [{ path: '/etc/lvm/lvm.conf', package: 'lvm2', shippedMd5: 'a', foundMd5: 'b' }],
        answer: 'ask',
      }),
    },
  ],
  [
    'changed-conffiles',
    'pass',
    /stays as it is/,
    {
      conffiles: fact({
        changed: [{ path: '/etc/lvm/lvm.conf', package: 'lvm2', shippedMd5: 'a', foundMd5: 'b' }],
        answer: 'keep',
      }),
    },
  ],
  [
    'source-files',
    'fail',
    /line 3: expected/,
    {
      sources: fact({ entries: [source()], problems: ['/etc/apt/sources.list, line 3: expected "deb …".'] }),
    },
  ],
  [
    'source-files',
    'fail',
    /no source/,
    { sources: fact({ entries: [source({ enabled: false })], problems: [] }) },
  ],
  [
    'source-suites',
    'fail',
    /trixie \(\/etc\/apt\/sources\.list\.d\/pve\.sources:1\)/,
    withSources({
      file: '/etc/apt/sources.list.d/pve.sources',
      uris: ['http://download.proxmox.com/debian/pve'],
      suites: ['trixie'],
    }),
  ],
  ['source-suites', 'fail', /^stable /, withSources({ suites: ['stable'] })],
  [
    'source-suites',
    'fail',
    /bullseye-security/,
    withSources({ uris: ['http://security.debian.org/debian-security'], suites: ['bullseye-security'] }),
  ],
  ['source-suites', 'fail', /buster\/updates/, withSources({ suites: ['buster/updates'] })],
  ['source-suites', 'warn', /bookworm-backports/, withSources({ suites: ['bookworm-backports'] })],
  [
    'source-suites',
    'pass',
    /bookworm/,
    withSources(
      { enabled: false, suites: ['trixie'] },
      { types: ['deb-src'], suites: ['sid'] },
      { uris: ['file:///var/lib/pommgr/baselines/x-1/vendor'], suites: ['stable'] },
    ),
  ],
  [
    'source-suites',
    'pass',
    /trixie/,
    { sources: fact({ entries: [source({ suites: ['trixie', 'trixie-security'] })], problems: [] }) },
  ],
  ['source-suites', 'fail', /bookworm/, upgraded],
  [
    'source-vendors',
    'warn',
    /vendor\.example\/apt stable .*debian\.sources:1/,
    withSources({ uris: ['https://vendor.example/apt'], suites: ['stable'] }),
  ],
  [
    'source-vendors',
    'pass',
    /./,
    withSources({ uris: ['http://192.0.2.1/debian/pve'], suites: ['bookworm'] }),
  ],
  ['source-components', 'warn', /pvetest/, withSources({ components: ['pvetest'] })],
  ['source-components', 'fail', /pbstest/, { ...withSources({ components: ['pbstest'] }), ...upgraded }],
  ['room', 'fail', /4 GB|4\.00 GB/, room(4e9)],
  ['room', 'warn', /8 GB|8\.00 GB/, room(8e9)],
  ['room', 'unknown', /no file system/, { rooms: fact([]) }],
  ['room-boot', 'fail', /\/boot has/, boot({ places: [{ place: '/boot', kind: 'boot', freeBytes: 50e6 }] })],
  [
    'room-boot',
    'fail',
    /ABCD/,
    boot({
      places: [
        { place: '/boot', kind: 'boot', freeBytes: 5e9 },
        { place: '/dev/disk/by-uuid/ABCD-0001', kind: 'proxmox-boot-tool', freeBytes: 60e6 },
      ],
    }),
  ],
  [
    'room-boot',
    'unknown',
    /cannot be read/,
    boot({ places: [{ place: '/dev/disk/by-uuid/ABCD-0001', kind: 'proxmox-boot-tool', freeBytes: null }] }),
  ],
  ['room-boot', 'unknown', /no boot partition/, boot({ places: [] })],
  ['room-boot', 'pass', /no kernel/, boot({ kernels: [], places: [] })],
  [
    'room-rrd',
    'fail',
    /2\.05 GB|2\.1 GB|2 GB/,
    { rrdBytes: fact(new Map([['pve2-vm', 1e8]])), ...room(3e9) },
  ],
  ['running-kernel', 'warn', /6\.8\.12-9-pve is installed/, { runningKernel: fact('6.8.12-8-pve') }],
  ['running-kernel', 'fail', /not among/, { runningKernel: fact('6.5.13-1-pve') }],
  [
    'running-kernel',
    'warn',
    /no kernel of Proxmox/,
    { ...boot({ kernels: ['6.1.0-40-amd64'] }), runningKernel: fact('6.1.0-40-amd64') },
  ],
  ['running-kernel', 'fail', /old release/, upgraded],
  ['pinned-kernel', 'warn', /6\.5\.13-6-pve/, withText({ kernelPin: '6.5.13-6-pve\n' })],
  [
    'boot-tool',
    'fail',
    /ABCD-0002 is not there/,
    withText({
      bootTool:
        'ABCD-0001 is configured with: uefi (versions: 6.8.12-9-pve)\nWARN: /dev/disk/by-uuid/ABCD-0002 does not exist\n',
    }),
  ],
  ['boot-tool', 'fail', /not installed/, withText({ bootTool: null })],
  [
    'boot-tool',
    'unknown',
    /names no partition/,
    withText({ bootTool: 'Re-executing in new mount namespace\n' }),
  ],
  [
    'systemd-boot',
    'fail',
    /systemd-boot is installed/,
    { ...withPackage('systemd-boot', '252.36'), ...withText({ bootUuids: null }) },
  ],
  ['systemd-boot', 'pass', /until the upgrade/, withPackage('systemd-boot', '252.36')],
  ['systemd-boot', 'warn', /BIOS/, { ...withPackage('systemd-boot', '252.36'), firmware: fact('bios') }],
  [
    'grub-efi',
    'fail',
    /on LVM/,
    withText({ bootUuids: null, commandLine: 'root=/dev/mapper/pve-root ro quiet' }),
  ],
  [
    'grub-efi',
    'warn',
    /grub-efi-amd64 is missing/,
    withText({ bootUuids: null, commandLine: 'root=UUID=1 ro' }),
  ],
  [
    'grub-efi',
    'pass',
    /installed/,
    { ...withPackage('grub-efi-amd64', '2.06'), ...withText({ bootUuids: null }) },
  ],
  [
    'removable-loader',
    'warn',
    /GRUB does not update it/,
    withText({ bootUuids: null, loaderAnswers: '  grub2/force_efi_extra_removable: false\n' }),
  ],
  [
    'removable-loader',
    'pass',
    /GRUB updates it/,
    withText({ bootUuids: null, loaderAnswers: '* grub2/force_efi_extra_removable: true\n' }),
  ],
  ['merged-usr', 'fail', /own/, { isUsrMerged: fact(false) }],
  ['sysctl', 'warn', /vm\.swappiness/, withText({ sysctl: '# ours\n vm.swappiness = 1\n' })],
  ['crypttab', 'fail', /swap/, withText({ crypttab: 'swap /dev/sda3 /dev/urandom plain,swap\n' })],
  [
    'crypttab',
    'warn',
    /data/,
    withText({
      crypttab:
        '# <name>\ndata UUID=1 none luks\nswap /dev/sda3 /dev/urandom plain,cipher=aes-xts-plain64,size=256,hash=sha256\n',
    }),
  ],
  ['time-zone', 'warn', /^Japan$/, withText({ timeZone: 'Japan\n' })],
  ['ssh-server', 'warn', /deb12u5/, withPackage('openssh-server', '1:9.2p1-2+deb12u5')],
  ['ssh-keys', 'fail', /DSA keys only/, withText({ authorizedKeys: 'ssh-dss AAAA root@old\n' })],
  [
    'ssh-keys',
    'warn',
    /1 of the 2/,
    withText({ authorizedKeys: 'from="192.0.2.1" ssh-dss AAAA a\nssh-ed25519 AAAA b\n' }),
  ],
  ['ssh-keys', 'warn', /host key/, withText({ sshServerConfig: 'HostKey /etc/ssh/ssh_host_dsa_key\n' })],
  [
    'ssh-ciphers',
    'fail',
    /such a line/,
    withText({ sshConfig: 'Host *\n  Ciphers blowfish-cbc,aes256-ctr\n' }),
  ],
  ['architecture', 'fail', /i386/, { host: { ...after, architecture: 'i386' } }],
  ['memory', 'fail', /100 MiB/, withText({ memory: 'MemAvailable: 102400 kB\n' })],
  ['memory', 'warn', /500 MiB/, withText({ memory: 'MemAvailable: 512000 kB\n' })],
  ['memory', 'unknown', /MemAvailable/, withText({ memory: 'MemTotal: 1 kB\n' })],
  ['clock', 'warn', /no service/, { units: fact(units({ chrony: 'inactive' })) }],
  ['clock', 'warn', /not synchronised/, withText({ clock: 'NTPSynchronized=no\n' })],
  [
    'microcode',
    'warn',
    /intel-microcode is not/,
    { packages: fact({ packages: [installed('pve-manager', '8.4.14')], unfinished: [] }) },
  ],
  [
    'microcode',
    'pass',
    /virtual machine/,
    withText({ processor: 'vendor_id\t: AuthenticAMD\nflags\t: fpu hypervisor\n' }),
  ],
  ['dkms', 'warn', /r8168/, { dkmsModules: fact(['r8168']) }],
  ['nvidia-vgpu', 'warn', /is active/, { units: fact(units({ 'nvidia-vgpu-mgr': 'active' })) }],
  [
    'interface-names',
    'warn',
    /not pinned: eno1; .* names eno1/,
    {
      cards: fact([{ name: 'eno1', isPinned: false }]),
      ...withText({ interfaces: 'iface vmbr0 inet static\n  bridge-ports eno1\n' }),
    },
  ],
  [
    'interface-names',
    'pass',
    /naming-scheme/,
    {
      cards: fact([{ name: 'eno1', isPinned: false }]),
      ...withText({ commandLine: 'quiet net.naming-scheme=v252' }),
    },
  ],
  [
    'udev-net-rules',
    'fail',
    /70-persistent/,
    withText({ persistentNet: '# x\nSUBSYSTEM=="net", NAME="eth0"\n' }),
  ],
  ['host-name', 'fail', /127\.0\.1\.1/, withText({ hosts: '127.0.1.1 pve2\n' })],
  ['host-name', 'fail', /no interface has/, { addresses: fact(['127.0.0.1']) }],
  ['host-name', 'warn', /does not name/, withText({ hosts: '127.0.0.1 localhost\n' })],
  [
    'certificates',
    'fail',
    /1024 bits/,
    { certificates: fact([{ path: '/etc/pmg/pmg-api.pem', type: 'rsa', rsaBits: 1024 }]) },
  ],
  ['glusterfs', 'fail', /^old$/, withText({ storages: 'glusterfs: old\n\tserver x\n' })],
  ['maxfiles', 'fail', /storage\.cfg/, withText({ storages: 'dir: local\n\tpath /x\n\tmaxfiles 3\n' })],
  ['maxfiles', 'fail', /vzdump\.conf/, withText({ vzdumpConfig: 'maxfiles: 2\n' })],
  ['maxfiles', 'fail', /vzdump\.cron/, withText({ vzdumpCron: '0 2 * * * root vzdump 100 --maxfiles 2\n' })],
  [
    'rbd-keyring',
    'fail',
    /^ext$/,
    { rbdConfigs: fact(new Map([['ext', { hasKeyring: true, text: null }]])) },
  ],
  [
    'lvm-autoactivation',
    'fail',
    /san \(shared\)/,
    withText({
      volumes: json({
        report: [{ lv: [{ vg_name: 'san', lv_name: 'vm-100-disk-0', autoactivation: 'enabled' }] }],
      }),
    }),
  ],
  [
    'lvm-autoactivation',
    'warn',
    /^pve$/,
    withText({
      storages: 'lvmthin: pve\n\tvgname pve\n\tthinpool data\n',
      volumes: json({
        report: [
          {
            lv: [
              { vg_name: 'pve', lv_name: 'root', autoactivation: 'enabled' },
              { vg_name: 'pve', lv_name: 'base-9-disk-0', autoactivation: 'enabled' },
            ],
          },
        ],
      }),
    }),
  ],
  ['lvm-autoactivation', 'unknown', /lvs/, withText({ volumes: null })],
  ['lvm-autoactivation', 'unknown', /not understood/, withText({ volumes: '{}' })],
  ['lvm-thin-check', 'fail', /-q/, withText({ lvmConfig: 'global {\n\tthin_check_options=["-q"]\n}\n' })],
  [
    'zfs-module',
    'warn',
    /2\.2\.6-pve1, zfsutils-linux is 2\.2\.7-pve2/,
    { ...withPackage('zfsutils-linux', '2.2.7-pve2'), ...withText({ zfsModule: '2.2.6-pve1\n' }) },
  ],
  [
    'zfs-module',
    'pass',
    /2\.2\.7/,
    { ...withPackage('zfsutils-linux', '2.2.7-pve2'), ...withText({ zfsModule: '2.2.7-pve2\n' }) },
  ],
  [
    'source-suites',
    'pass',
    /stable/,
    withSources({
      file: '/etc/apt/sources.list.d/pommgr.sources',
      uris: ['file:///var/lib/pommgr/baselines/x-1/debian'],
      suites: ['stable'],
    }),
  ],
  ['zfs-pools', 'fail', /^rpool$/, withText({ pools: '  pool: rpool\n state: DEGRADED\n' })],
  ['cgroup-kernel', 'fail', /unified/, withText({ commandLine: 'quiet systemd.unified_cgroup_hierarchy=0' })],
  ['cgroup-containers', 'fail', /container 101 has systemd 219/, { containers: fact(new Map([[101, 219]])) }],
  [
    'cgroup-containers',
    'fail',
    /pve8to9 found/,
    {
      ...guest('lxc', 'ostype: centos\n'),
      ...withText({
        pve8to9: toolAnswer(
          'FAIL: Found at least one CT (105) which does not support running in a unified cgroup v2 layout',
        ),
      }),
    },
  ],
  [
    'cgroup-containers',
    'unknown',
    /105/,
    { ...guest('lxc', 'ostype: centos\n'), ...withText({ pve8to9: null }) },
  ],
  [
    'cgroup-containers',
    'unknown',
    /container 105/,
    {
      ...guest('lxc', 'ostype: centos\n'),
      ...withText({ pve8to9: toolAnswer('WARN: Failed to load config and mount CT 105 - x') }),
    },
  ],
  ['cgroup-containers', 'pass', /pve8to9 looked/, guest('lxc', 'ostype: centos\n')],
  ['cgroup-keys', 'warn', /105/, guest('lxc', 'ostype: alpine\nlxc.cgroup.memory.limit_in_bytes: 1\n')],
  ['machine-versions', 'warn', /105/, guest('qemu', 'machine: pc-i440fx-5.2\n')],
  ['machine-versions', 'warn', /105/, guest('qemu', '\n[snap]\nrunningmachine: pc-q35-4.1+pve0\n')],
  ['machine-versions', 'pass', /no old/, guest('qemu', 'machine: type=q35,viommu=intel\n')],
  [
    'guest-backups',
    'fail',
    /no successful/,
    withText({ backups: json([{ type: 'vzdump', endtime: 1, status: 'job errors' }]) }),
  ],
  [
    'guest-backups',
    'warn',
    /ended 20 days/,
    withText({
      backups: json([
        {
          type: 'vzdump',
          endtime: readyHost().now.getTime() / 1000 - 20 * 86_400 - 60,
          status: 'WARNINGS: 1',
        },
      ]),
    }),
  ],
  ['backup-jobs', 'warn', /100, 101/, withText({ notBackedUp: json([{ vmid: 100 }, { vmid: 101 }]) })],
  ['pmg-backup', 'fail', /none/, { pmgBackups: fact(['x.txt']) }],
  ['pmg-backup', 'warn', /58 days/, { pmgBackups: fact(['pmg-backup_2026_10_01_AA.tgz']) }],
  ['notification-sections', 'fail', /filter: old/, withText({ notifications: 'filter: old\n\tmode and\n' })],
  [
    'backup-job-options',
    'fail',
    /backup-1/,
    withText({ jobs: 'vzdump: backup-1\n\tnotification-target x\n' }),
  ],
  ['roles', 'fail', /^Ours$/, withText({ users: 'role:Ours:VM.Audit,VM.Monitor:\n' })],
  ['sdn-database', 'fail', /ipam\.db/, withText({ ipam: '{}' })],
  ['sdn-database', 'fail', /macs\.db/, withText({ macs: '{}', ipam: '{}', newIpam: '{}' })],
  [
    'quorum',
    'fail',
    /no quorum/,
    withText({ clusterStatus: json([{ type: 'cluster', nodes: 1, quorate: 0 }, node('a', 1)]) }),
  ],
  [
    'quorum',
    'fail',
    /offline: b/,
    withText({
      clusterStatus: json([{ type: 'cluster', nodes: 2, quorate: 1 }, node('a', 1), node('b', 0)]),
    }),
  ],
  [
    'quorum',
    'warn',
    /2 nodes/,
    withText({
      clusterStatus: json([{ type: 'cluster', nodes: 2, quorate: 1 }, node('a', 1), node('b', 1)]),
    }),
  ],
  [
    'quorum',
    'unknown',
    /names 1 of 3/,
    withText({ clusterStatus: json([{ type: 'cluster', nodes: 3, quorate: 1 }, node('a', 1)]) }),
  ],
  ['quorum', 'pass', /in no cluster/, withText({ clusterStatus: json([node('a', 1)]) })],
  [
    'corosync-settings',
    'fail',
    /udpu/,
    withText({ corosync: 'totem {\n  transport: udpu\n  secauth: on\n}\n' }),
  ],
  ['corosync-settings', 'fail', /not encrypted/, withText({ corosync: 'totem {\n  version: 2\n}\n' })],
  [
    'running-tasks',
    'fail',
    /vzdump of 100 on pve1/,
    withText({ tasks: json([{ type: 'vzdump', node: 'pve1', id: '100' }]) }),
  ],
  ['running-tasks', 'pass', /no task/, withText({ tasks: json([{ type: 'vncshell', node: 'pve1' }]) })],
  ['running-tasks', 'unknown', /not understood/, withText({ tasks: 'no JSON' })],
  [
    'ha-services',
    'fail',
    /state error/,
    withText({
      haStatus: json({
        manager_status: { node_status: {}, service_status: { 'vm:1': { node: 'a', state: 'error' } } },
      }),
    }),
  ],
  [
    'ha-services',
    'fail',
    /a is fence/,
    withText({ haStatus: json({ manager_status: { node_status: { a: 'fence' }, service_status: {} } }) }),
  ],
  [
    'ha-services',
    'warn',
    /on this node: vm:1/,
    withText({
      haStatus: json({
        manager_status: { node_status: {}, service_status: { 'vm:1': { node: 'pve2', state: 'started' } } },
      }),
    }),
  ],
  ['ha-services', 'unknown', /not understood/, withText({ haStatus: json({ manager_status: {} }) })],
  ['ha-services', 'pass', /not used/, withText({ haResources: '[]', haStatus: null })],
  ['ceph-version', 'fail', /18\.2\.7/, withPackage('ceph-osd', '18.2.7-pve1')],
  [
    'ceph-daemons',
    'fail',
    /17\.2\.8/,
    withText({
      cephVersions: json({
        overall: {
          'ceph version 17.2.8 (x) quincy (stable)': 1,
          'ceph version 19.2.3 (x) squid (stable)': 2,
        },
      }),
    }),
  ],
  [
    'ceph-daemons',
    'warn',
    /19\.2\.1, 19\.2\.3/,
    withText({
      cephVersions: json({
        overall: { 'ceph version 19.2.1 (x) squid (stable)': 1, 'ceph version 19.2.3 (x) squid (stable)': 2 },
      }),
    }),
  ],
  ['ceph-daemons', 'unknown', /understood/, withText({ cephVersions: json({ overall: {} }) })],
  ['ceph-health', 'fail', /HEALTH_ERR/, withText({ cephStatus: health('HEALTH_ERR', {}) })],
  [
    'ceph-health',
    'warn',
    /OSD_DOWN/,
    withText({ cephStatus: health('HEALTH_WARN', { OSD_DOWN: { summary: { message: '1 osds down' } } }) }),
  ],
  ['ceph-health', 'warn', /HEALTH_WARN/, withText({ cephStatus: health('HEALTH_WARN', {}) })],
  ['ceph-health', 'unknown', /not installed/, withText({ cephStatus: null })],
  ['ceph-noout', 'warn', /not set/, withText({ cephStatus: health('HEALTH_OK', {}) })],
  ['services', 'fail', /pveproxy is failed/, { units: fact(units({ pveproxy: 'failed' })) }],
  ['services', 'fail', /corosync is inactive/, { units: fact(units({ corosync: 'inactive' })) }],
  [
    'pbs-datastores',
    'fail',
    /store at \/mnt\/store/,
    { datastores: fact([{ name: 'store', path: '/mnt/store', isThere: false, isRemovable: false }]) },
  ],
  [
    'pbs-datastores',
    'pass',
    /usb/,
    { datastores: fact([{ name: 'usb', path: '/mnt/usb', isThere: false, isRemovable: true }]) },
  ],
  [
    'pbs-tasks',
    'fail',
    /garbage_collection store/,
    withText({ pbsTasks: json([{ worker_type: 'garbage_collection', worker_id: 'store', starttime: 1 }]) }),
  ],
  ['pmg-database', 'fail', /13 main/, withText({ databases: '13 main 5432 online postgres /x log\n' })],
  ['pmg-database', 'fail', /15 main down/, withText({ databases: '15 main 5432 down postgres /x log\n' })],
  [
    'pmg-database',
    'warn',
    /13 main/,
    withText({ databases: '13 main 5433 down postgres /x log\n15 main 5432 online postgres /x log\n' }),
  ],
  ['pmg-database', 'fail', /15 main online/, upgraded],
  ['pmg-services', 'warn', /postfix/, { units: fact(units({ postfix: 'active' })) }],
  ['pmg-cluster', 'warn', /not the master/, { host: { ...after, hostName: 'pmg2' } }],
  [
    'pmg-cluster',
    'fail',
    /pmg2\(2\) .* node S/,
    withText({ pmgStatus: 'pve2(1)  192.0.2.2  master A  1 day\npmg2(2)  192.0.2.3  node   S  1 day\n' }),
  ],
  ['pmg-cluster', 'unknown', /1 of 2/, withText({ pmgStatus: 'pve2(1)  192.0.2.2  master A  1 day\n' })],
  [
    'pve8to9',
    'fail',
    /systemd-boot meta-package installed/,
    withText({
      pve8to9: toolAnswer(
        'WARN: a',
        '\u001b[1;31mFAIL: systemd-boot meta-package installed.\n    More about it\n\u001b[0m',
      ),
    }),
  ],
  [
    'pve8to9',
    'warn',
    /^3 running guest/,
    withText({ pve8to9: toolAnswer('WARN: 3 running guest(s) detected') }),
  ],
  ['pve8to9', 'unknown', /summary/, withText({ pve8to9: 'PASS: x\nPASS: y\n' })],
  ['pve8to9', 'unknown', /not installed/, withText({ pve8to9: null })],
  [
    'pbs3to4',
    'fail',
    /unit/,
    withText({ pbs3to4: toolAnswer("FAIL: systemd unit 'proxmox-backup.service' is not in state 'active'") }),
  ],
  [
    'pmg8to9',
    'warn',
    /postgres/,
    withText({ pmg8to9: toolAnswer('WARN: Running postgres version is still 15') }),
  ],
];

function verdictOf(id: string, facts: UpgradeFacts): CheckReport['checks'][number] {
  const found = judgeUpgrade(facts).checks.filter((check) => check.id === id);
  expect(found.map((check) => check.id)).toEqual([id]);
  return found[0] ?? { id, title: '', verdict: 'unknown', seen: '', todo: null };
}

test('a host that is ready passes every check, and may go', () => {
  const { checks, verdict, tools } = judgeUpgrade(readyHost());
  expect(checks.filter((check) => check.verdict !== 'pass')).toEqual([]);
  expect(checks.map(({ id }) => id)).toEqual(allChecks.map(({ id }) => id));
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  expect(verdict).toBe('go');
  expect(tools.map(({ program }) => program)).toEqual(['pve8to9 --full', 'pbs3to4 --full', 'pmg8to9']);
});

test.each(cases)('%s: %s where %s', (id, verdict, seen, changed) => {
  const result = verdictOf(id, readyHost(changed));
  expect(result).toMatchObject({ verdict, seen: expect.stringMatching(seen) as string });
  expect(result.todo === null).toBe(verdict === 'pass');
  const report = judgeUpgrade(readyHost(changed));
  if (verdict === 'fail' || verdict === 'unknown') expect(report.verdict).toBe('stop');
  const text = checkText(report);
  expect(text).not.toMatch(/: undefined|\[object|\bnull\b/);
  expect(text.split('\n').filter((line) => line.length > 80 && line.includes(' ', 30))).toEqual([]);
});

test('every check has facts here that fail it, or warn', () => {
  const failed = new Set(
    cases.filter(([, verdict]) => verdict === 'fail' || verdict === 'warn').map(([id]) => id),
  );
  expect(allChecks.map(({ id }) => id).filter((id) => !failed.has(id))).toEqual([]);
});

/** Each fact by name, the texts one by one. */
function withUnknown(facts: UpgradeFacts): [string, UpgradeFacts][] {
  const single = Object.entries(facts)
    .filter(([name]) => !['now', 'host', 'texts'].includes(name))
    .map(([name]): [string, UpgradeFacts] => [name, { ...facts, [name]: unknownFact(name) }]);
  const named = Object.keys(facts.texts).map((name): [string, UpgradeFacts] => [
    name,
    { ...facts, texts: { ...facts.texts, [name]: unknownFact(name) } },
  ]);
  return [...single, ...named];
}

test('a fact that is not to be had makes what needs it unknown, and stops', () => {
  const good = readyHost();
  // These are asked for only where another fact makes them necessary.
  const sometimes = [
    'cards',
    'pve8to9',
    'firmware',
    'loaderAnswers',
    'commandLine',
    'containers',
    'newIpam',
    'newMacs',
    'interfaces',
  ];
  for (const [name, facts] of withUnknown(good)) {
    const { checks, verdict } = judgeUpgrade(facts);
    const open = checks.filter((check) => check.verdict !== 'pass');
    expect(
      open.every((check) => check.verdict === 'unknown'),
      name,
    ).toBe(true);
    if (!sometimes.includes(name)) expect(open.length, name).toBeGreaterThan(0);
    expect(verdict, name).toBe(open.length === 0 ? 'go' : 'stop');
    for (const { todo } of open) expect(todo, name).toMatch(/^Check it by hand: \S/);
  }
});

test('unknown facts never turn a finding into a pass', () => {
  for (const [id, verdict, , changed] of cases) {
    if (verdict === 'pass') continue;
    const check = allChecks.find((one) => one.id === id);
    for (const [name, facts] of withUnknown(readyHost(changed))) {
      const found = check?.judge(facts).verdict;
      if (found !== verdict && found !== 'unknown') expect.fail(`${id} without ${name}: ${found}`);
    }
  }
});

test('where nothing is known, nothing passes', () => {
  const facts = readyHost();
  const nothing = Object.fromEntries(
    Object.entries(facts).map(([name, value]): [string, unknown] => {
      if (name === 'now' || name === 'host') return [name, value];
      if (name !== 'texts') return [name, unknownFact(name)];
      return [name, Object.fromEntries(Object.keys(facts.texts).map((text) => [text, unknownFact(text)]))];
    }),
  ) as unknown as UpgradeFacts;
  for (const phase of ['before', 'after'] as const) {
    const { checks } = judgeUpgrade({ ...nothing, host: { ...facts.host, phase } });
    const passed = checks.filter(({ verdict }) => verdict !== 'unknown').map(({ id }) => id);
    expect(passed).toEqual(phase === 'before' ? ['architecture'] : []);
  }
});

test('a plain Debian host is asked nothing about products', () => {
  const { checks } = judgeUpgrade(readyHost({ host: { ...after, products: ['debian'] } }));
  const ids = checks.map(({ id }) => id);
  for (const id of ['dpkg-state', 'source-suites', 'room', 'merged-usr', 'interface-names'])
    expect(ids).toContain(id);
  for (const id of ['quorum', 'services', 'pmg-database', 'pve8to9', 'glusterfs'])
    expect(ids).not.toContain(id);
});

test('an upgraded host passes when it is done', () => {
  const { checks, verdict } = judgeUpgrade(
    readyHost({
      ...upgraded,
      sources: fact({ entries: [source({ suites: ['trixie', 'trixie-security'] })], problems: [] }),
      packages: fact({
        packages: [
          installed('pve-manager', '9.1.2'),
          installed('proxmox-backup-server', '4.1.0-1'),
          installed('pmg-api', '9.0.8'),
        ],
        unfinished: [],
      }),
      ...boot({ kernels: ['6.8.12-9-pve', '6.17.2-1-pve'] }),
      runningKernel: fact('6.17.2-1-pve'),
      ...withText({
        databases: '17 main 5432 online postgres /x log\n',
        cephStatus: health('HEALTH_OK', {}),
      }),
    }),
  );
  expect(checks.filter((check) => check.verdict !== 'pass')).toEqual([]);
  expect(verdict).toBe('go');
});
