/** Hosts with Proxmox's products, as chroots with the stand-ins for their subscription tools; and signed infos. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { productTools, subscriptionFiles } from '../../src/subscription/domain/product-tool.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { signedText, type SubscriptionInfo } from '../../src/subscription/domain/subscription-info.ts';
import type { SubscriptionProduct } from '../../src/config/domain/subscription-key.ts';
import { buildChroot } from './chroot.ts';
import { writeBelow } from './offline.ts';

const standIn = fileURLToPath(new URL('./products/subscription-tool', import.meta.url));
const settings = 'var/lib/subscription-tool';
const hostSigningKey = 'usr/share/keyrings/proxmox-offline-signing-key.pub';

const sshKey = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ root@host\n';
/** What the hosts here answer to: made of their SSH host key; and of their machine ID, where they have one. */
export const serverId = createHash('md5').update(sshKey).digest('hex').toUpperCase();
const machineId = '0123456789abcdef0123456789abcdef';
export const machineServerId = 'A8BBF68DC3164501929966F92FF1C65B';
export const hostTime = '2026-11-22T10:00:00Z';

/** What the stand-ins need beside what every chroot has. */
const programs = [
  ...[
    'apt-mark',
    'base64',
    'basenc',
    'chown',
    'date',
    'head',
    'jq',
    'md5sum',
    'mkdir',
    'openssl',
    'rmdir',
    'sleep',
    'tail',
  ],
];

export interface ProductHost {
  root: string;
  /** `hang-get`, `hang-set`, `fail-get`, `fail-set`, `no-pmxcfs`, `lie`, `normal` */
  setMode(mode: string): Promise<void>;
  /** As the product knows them, and the kernel. */
  setSockets(sockets: number): Promise<void>;
}

/** A host of these products, in versions that take offline keys, that trusts the operator's keys. About a second. */
export async function createProductHost(
  products: readonly SubscriptionProduct[],
  keys: readonly SigningPublicKey[] = [],
): Promise<ProductHost> {
  const root = await buildChroot(programs);
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(root, 'etc/ssh/ssh_host_rsa_key.pub', sshKey);
  await writeBelow(root, `${settings}/architecture`, 'amd64');
  await writeBelow(root, `${settings}/now`, String(Date.parse(hostTime) / 1000));
  for (const product of products) {
    const tool = productTools[product];
    await addPackage(root, tool.package, tool.minimumVersion);
    await copyFile(standIn, join(root, 'usr/bin', tool.program));
    await chmod(join(root, 'usr/bin', tool.program), 0o755);
    for (const file of subscriptionFiles(tool)) {
      await mkdir(join(root, file, '..'), { recursive: true });
    }
  }
  for (const key of keys) await addTrustedKey(trustedKeysDirectory(root), key);
  const host: ProductHost = {
    root,
    setMode: (mode) => writeBelow(root, `${settings}/mode`, mode),
    async setSockets(sockets) {
      await writeBelow(root, `${settings}/sockets`, String(sockets));
      const cores = Array.from({ length: 2 * sockets }, (_, core) => core);
      const blocks = cores.map((core) => `processor\t: ${core}\nphysical id\t: ${core % sockets}\n`);
      await writeBelow(root, 'proc/cpuinfo', blocks.join('\n'));
    },
  };
  await host.setMode('normal');
  await host.setSockets(2);
  return host;
}

/** Marks a package as installed, in place of another version of it. */
export async function addPackage(root: string, name: string, version: string): Promise<void> {
  const file = join(root, 'var/lib/dpkg/status');
  const others = (await readFile(file, 'utf8'))
    .split('\n\n')
    .filter((text) => !text.startsWith(`Package: ${name}\n`));
  const stanza = `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nMaintainer: nobody <nobody@example.com>\nDescription: stand-in\n`;
  await writeFile(file, [...others.filter((text) => text.trim() !== ''), stanza].join('\n\n') + '\n');
}

/** Gives the host a machine ID, and with it a second server ID, or takes it away. */
export async function setMachineId(root: string, isThere: boolean): Promise<void> {
  if (isThere) await writeBelow(root, 'etc/machine-id', `${machineId}\n`);
  else await rm(join(root, 'etc/machine-id'), { force: true });
}

export type SignerKind = 'ed25519' | 'rsa' | 'ec';

/** A stand-in for Proxmox: signs infos, and its public key can be put on hosts. */
export interface InfoSigner {
  pem: string;
  sign(info: SubscriptionInfo): SubscriptionInfo;
  trustOn(root: string): Promise<void>;
}

export function createInfoSigner(kind: SignerKind = 'ed25519'): InfoSigner {
  const { publicKey, privateKey } = makePair(kind);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const algorithm = kind === 'ed25519' ? null : 'sha512';
  return {
    pem,
    sign(info) {
      const signature = sign(algorithm, Buffer.from(signedText(info)), privateKey).toString('hex');
      return { ...info, signature };
    },
    trustOn: (root) => writeBelow(root, hostSigningKey, pem),
  };
}

function makePair(kind: SignerKind): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** An unsigned info for the hosts here, checked a month before their time and good for half a year. */
export function anInfo(members: Partial<SubscriptionInfo> = {}): SubscriptionInfo {
  return {
    status: 'active',
    serverid: serverId,
    checktime: Date.parse('2026-10-22T10:00:00Z') / 1000,
    key: 'pve2b-0123456789',
    productname: 'Proxmox VE Basic Subscription 2 CPUs/year',
    regdate: '2026-05-01 00:00:00',
    nextduedate: '2027-05-01',
    url: 'https://www.proxmox.com/',
    ...members,
  };
}
