/**
 * Lists what a host is asked in words: small files, and programs that only tell. The rest of its facts have adapters of
 * their own.
 */
import type { Product } from '../../../apt/domain/target.ts';

/** `cluster`: a file of pmxcfs, which counts only while that is mounted. `kernel`: a file of a running kernel. */
export type FileKind = 'plain' | 'cluster' | 'kernel';

export type TextSource = { products?: readonly Product[] } & (
  | { file: string; kind: FileKind }
  | { program: string; args: readonly string[]; accept?: readonly number[]; minutes?: number }
);

const pve: readonly Product[] = ['pve'];
const json = ['--output-format', 'json'];

function file(path: string): TextSource {
  return { file: path, kind: 'plain' };
}

function kernelFile(path: string): TextSource {
  return { file: path, kind: 'kernel' };
}

function clusterFile(name: string): TextSource {
  return { file: `/etc/pve/${name}`, kind: 'cluster', products: pve };
}

function api(path: string, ...parameters: string[]): TextSource {
  return { program: 'pvesh', args: ['get', path, ...parameters, ...json], products: pve };
}

/** Keeps the names for the compiler. */
function sourcesOf<const Name extends string>(
  sources: Readonly<{ [name in Name]: TextSource }>,
): Readonly<{ [name in Name]: TextSource }> {
  return sources;
}

/** The products' own lists of checks; they may take minutes, because they mount containers. */
const minutesOfTools = 15;

export const textSources = sourcesOf({
  sysctl: file('/etc/sysctl.conf'),
  crypttab: file('/etc/crypttab'),
  timeZone: file('/etc/timezone'),
  hosts: file('/etc/hosts'),
  interfaces: file('/etc/network/interfaces'),
  persistentNet: file('/etc/udev/rules.d/70-persistent-net.rules'),
  sshConfig: file('/root/.ssh/config'),
  sshServerConfig: file('/etc/ssh/sshd_config'),
  authorizedKeys: file('/root/.ssh/authorized_keys'),
  bootUuids: file('/etc/kernel/proxmox-boot-uuids'),
  zfsModule: file('/sys/module/zfs/version'),
  kernelPin: file('/etc/kernel/proxmox-boot-pin'),
  vzdumpConfig: { ...file('/etc/vzdump.conf'), products: pve },
  pmgCluster: { ...file('/etc/pmg/cluster.conf'), products: ['pmg'] },
  commandLine: kernelFile('/proc/cmdline'),
  memory: kernelFile('/proc/meminfo'),
  processor: kernelFile('/proc/cpuinfo'),
  storages: clusterFile('storage.cfg'),
  jobs: clusterFile('jobs.cfg'),
  vzdumpCron: clusterFile('vzdump.cron'),
  notifications: clusterFile('notifications.cfg'),
  users: clusterFile('user.cfg'),
  cephConfig: clusterFile('ceph.conf'),
  corosync: clusterFile('corosync.conf'),
  ipam: clusterFile('priv/ipam.db'),
  newIpam: clusterFile('sdn/pve-ipam-state.json'),
  macs: clusterFile('priv/macs.db'),
  newMacs: clusterFile('sdn/mac-cache.json'),
  clusterStatus: api('/cluster/status'),
  tasks: api('/cluster/tasks'),
  haResources: api('/cluster/ha/resources'),
  haStatus: api('/cluster/ha/status/manager_status'),
  backups: api('/nodes/localhost/tasks', '--typefilter', 'vzdump', '--limit', '500'),
  notBackedUp: api('/cluster/backup-info/not-backed-up'),
  cephStatus: {
    ...{ program: 'ceph', args: ['--connect-timeout', '10', 'status', '--format', 'json'] },
    products: pve,
  },
  cephVersions: {
    ...{ program: 'ceph', args: ['--connect-timeout', '10', 'versions', '--format', 'json'] },
    products: pve,
  },
  volumes: {
    ...{ program: 'lvs', args: ['--reportformat', 'json', '--options', 'vg_name,lv_name,autoactivation'] },
    products: pve,
  },
  lvmConfig: { program: 'lvmconfig', args: ['--type', 'current'] },
  pools: { program: 'zpool', args: ['status', '-x'] },
  bootTool: { program: 'proxmox-boot-tool', args: ['status'] },
  loaderAnswers: { program: 'debconf-show', args: ['grub-efi-amd64', 'grub-pc'] },
  clock: { program: 'timedatectl', args: ['show', '--property=NTPSynchronized'] },
  pbsTasks: {
    ...{ program: 'proxmox-backup-manager', args: ['task', 'list', ...json] },
    products: ['pbs'],
  },
  databases: { program: 'pg_lsclusters', args: ['--no-header'], products: ['pmg'] },
  pmgStatus: { program: 'pmgcm', args: ['status'], products: ['pmg'] },
  pve8to9: { program: 'pve8to9', args: ['--full'], products: pve, minutes: minutesOfTools },
  pbs3to4: { program: 'pbs3to4', args: ['--full'], products: ['pbs'], minutes: minutesOfTools },
  // It knows no --full.
  pmg8to9: { program: 'pmg8to9', args: [], products: ['pmg'], minutes: minutesOfTools },
});

export type TextName = keyof typeof textSources;

/** Units whose state is asked for: those that keep the time, and those of the products. */
export const clockUnits = ['chrony', 'ntpsec', 'openntpd', 'systemd-timesyncd'] as const;
export const productUnits: Record<'pve' | 'pbs' | 'pmg', readonly string[]> = {
  pve: ['pve-cluster', 'pvedaemon', 'pveproxy', 'pvescheduler', 'pvestatd'],
  pbs: ['proxmox-backup', 'proxmox-backup-proxy'],
  pmg: ['pmgdaemon', 'pmgproxy', 'pmgpolicy', 'pmg-smtp-filter', 'postfix', 'pmgmirror', 'pmgtunnel'],
};
export const otherUnits = ['corosync', 'nvidia-vgpu-mgr'] as const;
