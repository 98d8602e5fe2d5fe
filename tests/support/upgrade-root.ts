/** A root of Debian 12 with stand-ins for the products' tools, which answer what a test says. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import {
  clockUnits,
  otherUnits,
  productUnits,
  textSources,
  type TextName,
} from '../../src/upgrade/domain/checks/texts.ts';
import { buildChroot } from './chroot.ts';
import { createSigningIdentity } from './gpg.ts';
import { pretendInstalled, writeBelow } from './offline.ts';
import { buildPackage, type BuiltPackage } from './packages.ts';
import { createRepository } from './repository.ts';
import { goodTexts, units, type Texts } from './upgrade-facts.ts';

/** The name of an answer's file is its command line. */
const standIn = [
  '#!/bin/sh',
  'if [ $# -eq 0 ]; then set -- "$0"; else set -- "$0 $*"; fi',
  `key=$(printf '%s' "$1" | tr -c 'A-Za-z0-9' _)`,
  'exec cat "/answers/$key"',
  '',
].join('\n');

/** Writes files and answers of the tools; null takes a tool away. Other texts stay as they are. */
export async function writeTexts(root: string, texts: Texts): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const source = textSources[name as TextName];
    if ('file' in source) {
      if (text !== null) await writeBelow(root, source.file, text);
      continue;
    }
    const program = `/usr/local/sbin/${source.program}`;
    const key = [program, ...source.args].join(' ').replaceAll(/[^A-Za-z0-9]/g, '_');
    await writeProgram(root, program, standIn);
    if (text !== null) await writeBelow(root, `answers/${key}`, text);
  }
}

export async function writeUnits(root: string, states: ReadonlyMap<string, string>): Promise<void> {
  const asked = [...clockUnits, ...otherUnits, ...Object.values(productUnits).flat()];
  const lines = asked.map((unit) => `echo ${states.get(unit) ?? 'inactive'}`);
  await writeProgram(root, '/usr/local/sbin/systemctl', ['#!/bin/sh', ...lines, 'exit 3', ''].join('\n'));
}

async function writeProgram(root: string, path: string, text: string): Promise<void> {
  await writeBelow(root, path, text);
  await chmod(join(root, path), 0o755);
}

/** A node with PVE, PBS and PMG that is ready for Debian 13, with a repository of its own; about three seconds. */
export async function readyRoot(): Promise<string> {
  const root = await buildChroot(['apt-mark', 'md5sum', 'printf']);
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(root, 'etc/hostname', 'pve2\n');
  const packages = await Promise.all(
    [
      ['pve-manager', '8.4.14'],
      ['proxmox-backup-server', '3.4.8-1'],
      ['pmg-api', '8.2.9'],
      ['intel-microcode', '3.20250512.1'],
    ].map(([name = '', version = '']) => buildPackage({ name, version })),
  );
  await mkdir(join(root, 'repo'));
  await createRepository({
    ...{
      directory: join(root, 'repo'),
      suite: 'bookworm',
      origin: 'Proxmox',
      components: { main: packages },
    },
    signers: [await createSigningIdentity({ name: 'Upstream' })],
  });
  await writeBelow(root, 'etc/apt/sources.list', 'deb [trusted=yes] file:///repo bookworm main\n');
  for (const item of packages) await install(root, item);
  await run('chroot', [root, 'apt-get', 'update', '-q', '-o', 'APT::Sandbox::User=root']);
  await writeTexts(root, goodTexts);
  await writeUnits(root, units());
  await writeMachine(root);
  await writeProducts(root);
  return root;
}

/** Marks a package as installed, with the lists that dpkg has of it. */
export async function install(root: string, item: BuiltPackage): Promise<void> {
  await pretendInstalled(root, item);
  for (const list of ['list', 'md5sums'])
    await writeBelow(root, `var/lib/dpkg/info/${item.name}.${list}`, '/.\n');
}

async function writeMachine(root: string): Promise<void> {
  await mkdir(join(root, 'sys/firmware/efi'), { recursive: true });
  for (const path of ['sys/devices/pci/net/nic0/device', 'sys/devices/virtual/net/vmbr0', 'sys/class/net'])
    await mkdir(join(root, path), { recursive: true });
  await symlink('../../devices/pci/net/nic0', join(root, 'sys/class/net/nic0'));
  await symlink('../../devices/virtual/net/vmbr0', join(root, 'sys/class/net/vmbr0'));
  await writeBelow(
    root,
    'etc/systemd/network/10-nic0.link',
    '[Match]\nMACAddress=02:00:00:00:00:01\n\n[Link]\nName=nic0\n',
  );
  await writeBelow(root, 'proc/sys/kernel/osrelease', '6.8.12-9-pve\n');
  await writeBelow(root, 'boot/vmlinuz-6.8.12-9-pve', 'kernel');
  await writeBelow(root, 'boot/initrd.img-6.8.12-9-pve', 'initramfs');
  await writeBelow(root, 'var/lib/rrdcached/db/pve2-vm/100', 'x'.repeat(1000));
}

async function writeProducts(root: string): Promise<void> {
  await writeBelow(root, 'etc/pve/nodes/pve2/qemu-server/100.conf', 'machine: pc-q35-9.0\n');
  await writeBelow(root, 'etc/pve/nodes/pve2/lxc/101.conf', 'ostype: debian\n');
  await symlink('nodes/pve2', join(root, 'etc/pve/local'));
  for (const name of ['qemu-server', 'lxc']) await symlink(`local/${name}`, join(root, 'etc/pve', name));
  await writeBelow(root, 'etc/pve/priv/ceph/ext.keyring', 'x');
  await writeBelow(
    root,
    'etc/pve/priv/ceph/ext.conf',
    '[global]\n\tkeyring = /etc/pve/priv/ceph/ext.keyring\n',
  );
  await writeBelow(root, 'etc/proxmox-backup/datastore.cfg', 'datastore: store\n\tpath /mnt/store\n');
  await mkdir(join(root, 'mnt/store/.chunks'), { recursive: true });
  await writeBelow(root, 'var/lib/pmg/backup/pmg-backup_2026_11_26_6742ABCD.tgz', 'x');
  await writeCertificate(root, 'etc/pve/nodes/pve2/pve-ssl.pem', 2048);
}

export async function writeCertificate(root: string, path: string, bits: number): Promise<void> {
  const options = [
    '-x509',
    '-newkey',
    `rsa:${bits}`,
    '-nodes',
    '-keyout',
    '/dev/null',
    '-subj',
    '/CN=host',
    '-days',
    '9',
  ];
  const { stdout } = await run('openssl', ['req', ...options]);
  await writeFile(join(root, path), stdout);
}
