/**
 * A site for the Ansible collection: hosts with sshd, each in a network, process and mount namespace of its own, on a
 * Debian system of its own; a mounted medium; and the tools of a cluster, which ask one model. A host is rebooted by
 * ending everything in it and starting it anew. All ends with the test file.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/core/adapters/process.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { guestConfig, storageConfig } from './cluster-answers.ts';
import { fastProgram } from './fast-program.ts';
import { afterTestFile } from './file-end.ts';
import { mountMedium } from './mounted-medium.ts';
import type { BuiltPackage } from './packages.ts';
import { SiteModel } from './site-model.ts';

const system = fileURLToPath(new URL('../../.cache/hosts/root', import.meta.url));
const tool = fileURLToPath(new URL('./products/cluster-tool', import.meta.url));
const tools = ['usr/bin/pvesh', 'usr/bin/pvecm', 'usr/sbin/ha-manager', 'usr/bin/ceph', 'usr/bin/systemctl'];
/** Time between the command and the end of a host, and between its end and its next start. */
const pauseMs = 300;

const processes = new Set<ChildProcess>();
const closers: (() => void)[] = [];

afterTestFile(async () => {
  for (const close of closers.splice(0)) close();
  for (const child of processes) await end(child);
});

export interface AnsibleSite {
  directory: string;
  model: SiteModel;
  /** Stands in the place of /etc/pve on every node. */
  clusterFiles: string;
  /** Runs ansible-playbook, or another program, where the hosts can be reached. */
  start(command: readonly string[]): ChildProcess;
  /** Runs a command on a host, by ssh. */
  onHost(name: string, command: string): Promise<string>;
  /** Starts a host that was ended. */
  boot(name: string): Promise<void>;
}

export interface SiteOptions {
  /** Members of the cluster. */
  nodes: readonly string[];
  /** Hosts on their own. */
  others: readonly string[];
  /** Installed on each. */
  packages: readonly BuiltPackage[];
  /** Mounted read-only at /mnt/usb. */
  medium: string;
}

export async function createAnsibleSite(options: SiteOptions): Promise<AnsibleSite> {
  const { nodes, others, medium } = options;
  if (!(await pathExists(system)))
    throw new Error(`${system} is missing: run "bash tests/prepare-hosts.sh" as root`);
  const directory = await mountMedium(4 * 1024 * 1024);
  const names = [...nodes, ...others];
  const model = new SiteModel(nodes);
  const clusterFiles = join(directory, 'pve');
  await writeClusterFiles(clusterFiles, nodes);
  await serveModel(model, join(directory, 'share'));
  await makeKeys(directory);
  const machine = await machineFiles();
  await prepareCommon(directory, { ...options, machine });
  for (const name of names) await prepareHost(directory, { name, isMember: nodes.includes(name) });
  const site = await startNetwork(directory, names);
  const hosts = new Map<string, ChildProcess>();

  const boot = async (name: string): Promise<void> => {
    await writeFile(join(directory, name, 'boot-id'), `${randomUUID()}\n`);
    const enter = [`--net=/proc/${site.pid}/ns/net`, `--mount=/proc/${site.pid}/ns/mnt`, '--'];
    const inside = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--'];
    const script = ['sh', join(directory, 'boot.sh'), name, directory, medium];
    const host = begin('nsenter', [...enter, 'ip', 'netns', 'exec', name, ...inside, ...script]);
    hosts.set(name, host);
    await onHost(name, 'true');
    if (nodes.includes(name) && model.node(name).state === 'down') model.booted(name);
  };
  const onHost = async (name: string, command: string): Promise<string> => {
    for (let attempt = 0; ; attempt += 1) {
      const args = ['-F', join(directory, 'ssh.config'), name, command];
      const enter = [`--net=/proc/${site.pid}/ns/net`, '--', 'ssh'];
      const { stdout, stderr, exitCode } = await run('nsenter', [...enter, ...args], { accept: [0, 255] });
      if (exitCode === 0) return stdout;
      if (attempt > 100) throw new Error(`${name}: ${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const restart = async (name: string, comesBack: boolean): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const host = hosts.get(name);
    if (host !== undefined) await end(host);
    if (comesBack) await boot(name);
  };
  model.onReboot = (name) => void restart(name, !model.lost.includes(name));
  const fileOf = (vmid: number, node: string) => join(clusterFiles, `nodes/${node}/qemu-server/${vmid}.conf`);
  model.onMove = (vmid, from, to) => renameSync(fileOf(vmid, from), fileOf(vmid, to));
  await Promise.all(names.map((name) => boot(name)));
  const start = (command: readonly string[]): ChildProcess =>
    begin('nsenter', [`--net=/proc/${site.pid}/ns/net`, '--', ...command], {
      detached: true,
      env: { ...process.env, HOME: directory, ANSIBLE_CONFIG: join(directory, 'ansible.cfg') },
    });
  return { directory, model, clusterFiles, start, onHost, boot };
}

function begin(
  program: string,
  args: readonly string[],
  options: Parameters<typeof spawn>[2] = {},
): ChildProcess {
  // A host ends with the test, whatever ends that.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  processes.add(child);
  child.once('exit', () => processes.delete(child));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function writeClusterFiles(directory: string, nodes: readonly string[]): Promise<void> {
  for (const [index, name] of nodes.entries()) {
    await mkdir(join(directory, 'nodes', name, 'qemu-server'), { recursive: true });
    await writeFile(join(directory, 'nodes', name, 'qemu-server', `${100 + index}.conf`), guestConfig);
  }
  await writeFile(join(directory, '.members'), '{}');
  await writeFile(join(directory, 'storage.cfg'), storageConfig);
  await writeFile(join(directory, 'ceph.conf'), '[global]\n');
}

/** A line with the words of a command comes in; its exit code and what it writes go out. */
async function serveModel(model: SiteModel, directory: string): Promise<void> {
  await mkdir(directory);
  const server = createServer((socket) => {
    socket.once('data', (line) => {
      const [host = '', ...words] = line.toString('utf8').trimEnd().split('\0');
      const { code, text } = model.answer(host, words);
      socket.end(`${code}\n${text}`);
    });
    socket.on('error', () => undefined);
  });
  server.listen(join(directory, 'model.sock'));
  await once(server, 'listening');
  closers.push(() => server.close());
}

async function makeKeys(directory: string): Promise<void> {
  for (const name of ['host-key', 'client-key'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(directory, name)]);
}

/** This machine's Node.js with its libraries, and the built program. */
async function machineFiles(): Promise<{ from: string; to: string }[]> {
  const node = await realpath(process.execPath);
  const { stdout } = await run('ldd', [node]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const loader = libraries.find((path) => /\/ld[-.][^/]*$/.test(path)) ?? '';
  return [
    { from: node, to: 'node' },
    ...libraries.map((from) => ({ from, to: `lib/${from.split('/').at(-1)}` })),
    { from: loader, to: 'lib/loader' },
    { from: await fastProgram(), to: 'pommgr.mjs' },
  ];
}

/** What all hosts have: an upper layer, so that the prepared system stays as it is. */
async function prepareCommon(
  directory: string,
  { packages, machine }: SiteOptions & { machine: readonly { from: string; to: string }[] },
): Promise<void> {
  const common = join(directory, 'common');
  for (const place of [
    'opt/machine/lib',
    'usr/local/bin',
    'usr/bin',
    'usr/sbin',
    'etc/dpkg/dpkg.cfg.d',
    'tmp',
  ])
    await mkdir(join(common, place), { recursive: true });
  await mkdir(join(directory, 'work'));
  await mkdir(join(directory, 'merged'));
  for (const { from, to } of machine) await copyFile(from, join(common, 'opt/machine', to));
  const program = '/opt/machine/lib/loader --library-path /opt/machine/lib /opt/machine/node';
  const wrapper = `#!/bin/sh\nexec ${program} /opt/machine/pommgr.mjs "$@"\n`;
  await writeFile(join(common, 'usr/local/bin/pommgr'), wrapper, { mode: 0o755 });
  await copyFile(tool, join(common, 'usr/bin/cluster-tool'));
  await chmod(join(common, 'usr/bin/cluster-tool'), 0o755);
  for (const path of [...tools, 'usr/sbin/shutdown', 'usr/bin/note'])
    await symlink('/usr/bin/cluster-tool', join(common, path));
  await writeFile(join(common, 'etc/dpkg/dpkg.cfg.d/unsafe-io'), 'force-unsafe-io\n');
  for (const { path, fileName } of packages) await copyFile(path, join(common, 'tmp', fileName));
  const install = [
    `mount -t overlay -o lowerdir=${system},upperdir=${common},workdir=${directory}/work overlay ${directory}/merged`,
    `exec chroot ${directory}/merged dpkg --install ${packages.map(({ fileName }) => `/tmp/${fileName}`).join(' ')}`,
  ];
  await run('unshare', ['--mount', '--net', '--', 'sh', '-ec', install.join('\n')], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' },
  });
  await rm(join(common, 'tmp'), { recursive: true });
  await writeFile(join(directory, 'boot.sh'), bootScript);
}

async function prepareHost(
  directory: string,
  { name, isMember }: { name: string; isMember: boolean },
): Promise<void> {
  const upper = join(directory, name, 'upper');
  for (const place of ['etc/apt', 'mnt/usb', 'run', 'tmp'])
    await mkdir(join(upper, place), { recursive: true });
  await mkdir(join(directory, name, 'work'));
  await writeFile(join(upper, 'etc/hostname'), `${name}\n`);
  await writeFile(join(upper, 'etc/apt/sources.list'), 'deb http://192.0.2.1/debian stable main\n');
  if (!isMember) return;
  for (const place of ['etc/pve', 'etc/corosync', 'var/lib/ceph/osd/ceph-0'])
    await mkdir(join(upper, place), { recursive: true });
  await writeFile(join(upper, 'etc/corosync/corosync.conf'), 'totem {\n}\n');
}

/** Gives a process in whose network and mount namespace all hosts are. */
async function startNetwork(directory: string, names: readonly string[]): Promise<ChildProcess> {
  const lines = [
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'ip link set lo up',
    'ip link add site type bridge',
    'ip addr add 10.23.0.254/24 dev site',
    'ip link set site up',
    ...names.flatMap((name, index) => [
      `ip netns add ${name}`,
      `ip link add port${index} type veth peer name eth0 netns ${name}`,
      `ip link set port${index} master site up`,
      `ip -n ${name} addr add 10.23.0.${index + 1}/24 dev eth0`,
      `ip -n ${name} link set eth0 up`,
      `ip -n ${name} link set lo up`,
    ]),
    'echo ready',
    'exec sleep infinity',
  ];
  const site = begin('unshare', ['--net', '--mount', '--', 'sh', '-ec', lines.join('\n')]);
  const failed = once(site, 'exit').then(async () => {
    throw new Error(`no network: ${String(site.stderr?.read())}`);
  });
  await Promise.race([once(site.stdout as NodeJS.ReadableStream, 'data'), failed]);
  failed.catch(() => undefined);
  await writeSshFiles(directory, names);
  return site;
}

async function writeSshFiles(directory: string, names: readonly string[]): Promise<void> {
  const hosts = names.map((name, index) => `Host ${name}\n  HostName 10.23.0.${index + 1}\n`);
  const common = [
    'Host *',
    '  User root',
    `  IdentityFile ${directory}/client-key`,
    '  StrictHostKeyChecking no',
    '  UserKnownHostsFile /dev/null',
    '  LogLevel ERROR',
    '  ConnectTimeout 5',
    '  ServerAliveInterval 2',
    '  ServerAliveCountMax 2',
  ];
  await writeFile(join(directory, 'ssh.config'), `${hosts.join('')}${common.join('\n')}\n`);
  const settings = [
    '[defaults]',
    `inventory = ${directory}/inventory`,
    `collections_path = ${directory}/collections`,
    `remote_tmp = /tmp/.ansible`,
    `local_tmp = ${directory}/tmp`,
    'host_key_checking = False',
    'interpreter_python = /usr/bin/python3',
    'forks = 6',
    'retry_files_enabled = False',
    'nocows = True',
    '[ssh_connection]',
    'pipelining = True',
    `ssh_args = -F ${directory}/ssh.config -o ControlMaster=auto -o ControlPersist=30s`,
    `control_path_dir = ${directory}/cp`,
    '',
  ];
  await writeFile(join(directory, 'ansible.cfg'), settings.join('\n'));
}

const bootScript = `set -e
name=$1 site=$2 medium=$3 root=/run/host
hostname "$name"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd "$root"
mount -t overlay -o "lowerdir=$site/common:${system},upperdir=$site/$name/upper,workdir=$site/$name/work" overlay "$root"
mount -t proc proc "$root/proc"
mount --bind "$site/$name/boot-id" "$root/proc/sys/kernel/random/boot_id"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir "$root/run/site"
mount --bind "$site/share" "$root/run/site"
mount --bind "$medium" "$root/mnt/usb"
mount -o remount,bind,ro "$root/mnt/usb"
if [ -d "$root/etc/pve" ]; then mount --bind "$site/pve" "$root/etc/pve"; fi
cat >/run/sshd_config <<END
HostKey $site/host-key
AuthorizedKeysFile $site/client-key.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
ChrootDirectory $root
Subsystem sftp internal-sftp
SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
END
exec /usr/sbin/sshd -D -e -f /run/sshd_config
`;
