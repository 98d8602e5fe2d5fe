/** Looks at what the products of a host keep: guests, containers, certificates, datastores, backups. Changes nothing. */
import { X509Certificate } from 'node:crypto';
import { listDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import type { Fact } from '../../core/domain/fact.ts';
import { readInRoot } from '../../forecast/adapters/host-files.ts';
import type { Certificate, Datastore, GuestConfig, UpgradeFacts } from '../domain/checks/facts.ts';
import { parseSections } from '../domain/section-config.ts';
import { askHost, gather, type Asking } from './ask-root.ts';
import { isMounted } from './text-facts.ts';

type ProductFacts = Pick<
  UpgradeFacts,
  'guests' | 'containers' | 'certificates' | 'datastores' | 'rbdConfigs' | 'pmgBackups'
>;

const certificatePaths = [
  ...['/etc/pve/pve-root-ca.pem', '/etc/pve/local/pve-ssl.pem', '/etc/pve/local/pveproxy-ssl.pem'],
  ...['/etc/proxmox-backup/proxy.pem', '/etc/pmg/pmg-api.pem', '/etc/pmg/pmg-tls.pem'],
];

export async function readProductFacts(asking: Asking): Promise<ProductFacts> {
  const { root } = asking.aptRoot;
  const guests = await gather('/etc/pve', asking, () => readGuests(asking));
  return {
    guests,
    containers: await readContainers(guests, asking),
    certificates: await gather('certificates', asking, () => readCertificates(root)),
    datastores: await gather('/etc/proxmox-backup/datastore.cfg', asking, () => readDatastores(root)),
    rbdConfigs: await gather('/etc/pve/priv/ceph', asking, () => readRbdConfigs(root)),
    pmgBackups: await gather('/var/lib/pmg/backup', asking, async () =>
      listDirectory(await pathInRoot(root, '/var/lib/pmg/backup')),
    ),
  };
}

/** Of this node only: these directories are links to its own. */
async function readGuests(asking: Asking): Promise<GuestConfig[]> {
  const { root } = asking.aptRoot;
  if (!(await isMounted(asking))) throw new Error('pmxcfs is not mounted there');
  const guests: GuestConfig[] = [];
  for (const [kind, directory] of [
    ['qemu', '/etc/pve/qemu-server'],
    ['lxc', '/etc/pve/lxc'],
  ] as const) {
    for (const name of await listDirectory(await pathInRoot(root, directory))) {
      const vmid = Number(/^([1-9]\d*)\.conf$/.exec(name)?.[1]);
      const text = (await readInRoot(root, `${directory}/${name}`))?.toString('utf8');
      if (!Number.isNaN(vmid) && text !== undefined) guests.push({ vmid, kind, text });
    }
  }
  return guests.toSorted((a, b) => a.vmid - b.vmid);
}

/** Containers that run are looked into through /proc; nothing is mounted. */
async function readContainers(
  guests: Fact<readonly GuestConfig[]>,
  asking: Asking,
): Promise<UpgradeFacts['containers']> {
  return gather('running containers', asking, async () => {
    const versions = new Map<number, number | null>();
    if (!guests.isKnown || asking.aptRoot.kind !== 'host') return versions;
    for (const { vmid } of guests.value.filter(({ kind }) => kind === 'lxc')) {
      const question = {
        program: 'lxc-info',
        args: ['--name', String(vmid), '--pid', '--no-humanize'],
        accept: [0, 1],
      };
      const answer = await askHost(question, asking);
      const pid = /^\d+$/.exec(answer.isKnown ? (answer.value ?? '').trim() : '')?.[0];
      if (pid !== undefined) versions.set(vmid, await systemdVersion(`/proc/${pid}/root`));
    }
    return versions;
  });
}

/** Returns null for a system without systemd, and 0 for one before its version was in a file's name (231). */
export async function systemdVersion(root: string): Promise<number | null> {
  for (const directory of ['/usr/lib/systemd', '/lib/systemd']) {
    const names = await listDirectory(await pathInRoot(root, directory));
    const version = names.map((name) => /^libsystemd-shared-(\d+)/.exec(name)?.[1]).find(Boolean);
    if (version !== undefined) return Number(version);
    if (names.includes('systemd')) return 0;
  }
  return null;
}

async function readCertificates(root: string): Promise<Certificate[]> {
  const found: Certificate[] = [];
  for (const path of certificatePaths) {
    const pem = await readInRoot(root, path);
    if (pem === undefined) continue;
    const { publicKey } = new X509Certificate(pem);
    const type = publicKey.asymmetricKeyType ?? 'unknown';
    found.push({ path, type, rsaBits: publicKey.asymmetricKeyDetails?.modulusLength ?? null });
  }
  return found;
}

async function readDatastores(root: string): Promise<Datastore[]> {
  const text = (await readInRoot(root, '/etc/proxmox-backup/datastore.cfg'))?.toString('utf8') ?? '';
  const stores: Datastore[] = [];
  for (const { type, name, options } of parseSections(text)) {
    if (type !== 'datastore') continue;
    const path = options.get('path') ?? '';
    const isThere = await pathExists(await pathInRoot(root, `${path}/.chunks`));
    stores.push({ name, path, isThere, isRemovable: options.has('backing-device') });
  }
  return stores;
}

async function readRbdConfigs(root: string) {
  const directory = '/etc/pve/priv/ceph';
  const configs = new Map<string, { hasKeyring: boolean; text: string | null }>();
  const names = await listDirectory(await pathInRoot(root, directory));
  for (const name of new Set(names.map((file) => file.replace(/\.(?:keyring|conf)$/, '')))) {
    const text = (await readInRoot(root, `${directory}/${name}.conf`))?.toString('utf8') ?? null;
    configs.set(name, { hasKeyring: names.includes(`${name}.keyring`), text });
  }
  return configs;
}
