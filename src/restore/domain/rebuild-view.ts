/** Builds the content of a host's rebuild sheet from its lock; shell words are quoted. */
import { quoteForShell } from '../../subscription/domain/steps-document.ts';
import type { HostLock } from '../../apt/domain/host-lock.ts';
import type { Product } from '../../apt/domain/target.ts';
import { toolPackageName } from './tool-package.ts';
import { besideDirectory, besidePath, clusterDatabasePath } from './host-identity.ts';

/** Where the commands find the medium and the directory with lock and identity. */
const mediaDirectory = '/mnt/usb';
const safeDirectory = '/mnt/safe';

const titles: Record<Product, string> = {
  debian: 'Debian',
  pbs: 'Proxmox Backup Server',
  pdm: 'Proxmox Datacenter Manager',
  pmg: 'Proxmox Mail Gateway',
  pve: 'Proxmox VE',
};

/** Products whose subscription keys pommgr activates. */
const keyProducts: readonly Product[] = ['pve', 'pbs', 'pmg'];

export interface RebuildView {
  hostName: string;
  created: string;
  system: string;
  products: { title: string; version: string }[];
  /** Whether it has pmxcfs's database. */
  hasDatabase: boolean;
  firmware: string | null;
  kernel: string | null;
  usesBootTool: boolean;
  baseline: { name: string; digest: string } | null;
  held: string[];
  changedConffiles: string[];
  hasIdentity: boolean;
  media: string;
  safe: string;
  beside: { directory: string; fstab: string; storage: string; database: string; databasePath: string };
  commands: { apply: string; restore: string; drift: string; activate: string[] };
}

export function rebuildView(
  lock: HostLock,
  { lockFile, hasIdentity }: { lockFile: string; hasIdentity: boolean },
): RebuildView {
  const { baseline, boot, codename, architecture } = lock;
  const file = quoteForShell(`${safeDirectory}/${lockFile}`);
  const target = baseline === null ? '' : ` --target ${quoteForShell(baseline.target)}`;
  const identity = hasIdentity ? ` --identity ${safeDirectory}` : '';
  const hadTool = lock.packages.some(({ name }) => name === toolPackageName);
  const tool = hadTool ? ` --media ${mediaDirectory}` : '';
  const products = lock.products.filter(({ product }) => product !== 'debian');
  return {
    hostName: lock.hostName === '' ? '-' : lock.hostName,
    created: lock.created,
    system: `Debian ${codename} (${architecture})`,
    products: products.map(({ product, version }) => ({ title: titles[product], version })),
    hasDatabase: products.some(({ product }) => product === 'pve'),
    firmware: boot?.firmware?.toUpperCase() ?? null,
    kernel: boot?.runningKernel ?? null,
    usesBootTool: boot?.proxmoxBootTool ?? false,
    baseline: baseline === null ? null : { name: baseline.name, digest: baseline.digest },
    held: lock.packages.filter(({ hold }) => hold).map(({ name }) => name),
    changedConffiles: (lock.changedConffiles ?? []).map(({ path }) => path),
    hasIdentity,
    media: mediaDirectory,
    safe: safeDirectory,
    beside: {
      directory: besideDirectory,
      fstab: besidePath('/etc/fstab'),
      storage: besidePath('/etc/pve/storage.cfg'),
      database: besidePath(clusterDatabasePath),
      databasePath: clusterDatabasePath,
    },
    commands: {
      apply: `apply --media ${mediaDirectory}${target}`,
      restore: `restore --lock ${file}${identity}${target}${tool}`,
      drift: `host drift --against ${file}`,
      activate: products
        .filter(({ product }) => keyProducts.includes(product))
        .map(({ product }) => `subscription activate --media ${mediaDirectory} --product ${product}`),
    },
  };
}
