/**
 * Lists facts of the Proxmox and Debian releases: repositories, keyrings, sizes, ends of life. Sources: the package
 * repository chapters of the products' manuals, Debian's and Ceph's release pages; 2026-11.
 */
import type { Product } from '../../apt/domain/target.ts';

export type Codename = 'bookworm' | 'trixie';

export interface EndOfLife {
  /** `2026-07-11`, or `2026-08` for the end of that month; null where none is announced. */
  date: string | null;
  /** What is said beside the date, e.g. `LTS until 2028-06-30`. */
  note?: string;
}

export const channels = ['enterprise', 'no-subscription', 'test'] as const;
export type Channel = (typeof channels)[number];

export interface ProductRelease {
  product: Exclude<Product, 'debian'>;
  title: string;
  version: number;
  codename: Codename;
  /** The component of the test channel was named without a hyphen up to bookworm. */
  testComponent: string;
  endOfLife: EndOfLife;
}

const notAnnounced: EndOfLife = { date: null };
const august2026: EndOfLife = { date: '2026-08' };

export const productReleases: readonly ProductRelease[] = [
  release('pve', 'Proxmox VE', { version: 9, codename: 'trixie', endOfLife: notAnnounced }),
  release('pve', 'Proxmox VE', { version: 8, codename: 'bookworm', endOfLife: august2026 }),
  release('pbs', 'Proxmox Backup Server', { version: 4, codename: 'trixie', endOfLife: notAnnounced }),
  release('pbs', 'Proxmox Backup Server', {
    version: 3,
    codename: 'bookworm',
    endOfLife: august2026,
  }),
  release('pmg', 'Proxmox Mail Gateway', { version: 9, codename: 'trixie', endOfLife: notAnnounced }),
  release('pmg', 'Proxmox Mail Gateway', {
    version: 8,
    codename: 'bookworm',
    endOfLife: august2026,
  }),
  release('pdm', 'Proxmox Datacenter Manager', { version: 1, codename: 'trixie', endOfLife: notAnnounced }),
];

export interface CephRelease {
  name: string;
  codename: Codename;
  endOfLife: EndOfLife;
}

export const cephReleases: readonly CephRelease[] = [
  { name: 'squid', codename: 'trixie', endOfLife: estimated('2026-09-19') },
  { name: 'tentacle', codename: 'trixie', endOfLife: estimated('2027-11-18') },
  { name: 'quincy', codename: 'bookworm', endOfLife: estimated('2024-06-01') },
  { name: 'reef', codename: 'bookworm', endOfLife: estimated('2025-08-01') },
  { name: 'squid', codename: 'bookworm', endOfLife: estimated('2026-09-19') },
];

function estimated(date: string): EndOfLife {
  return { date, note: 'as upstream estimates' };
}

/** The series of apt that the hosts of a release run. */
export const aptSeries: Record<Codename, string> = { bookworm: '2.6', trixie: '3.0' };

/** The oldest Ceph that the Proxmox VE of a release works with, as a version. */
export const oldestCeph: Record<Codename, string> = { bookworm: '17.2', trixie: '19.2' };

export const codenames: readonly Codename[] = ['trixie', 'bookworm'];

export const proxmoxKeyrings: Record<Codename, string> = {
  trixie: '/usr/share/keyrings/proxmox-archive-keyring.gpg',
  bookworm: '/etc/apt/trusted.gpg.d/proxmox-release-bookworm.gpg',
};
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export const debianReleases: Record<Codename, { version: number; sizes: string[]; endOfLife: EndOfLife }> = {
  trixie: {
    version: 13,
    sizes: ['about 94 GB for amd64 (119 GB with these sections)', 'about 13 GB (33 GB with these sections)'],
    endOfLife: { date: '2028-08-09', note: 'LTS until 2030-06-30' },
  },
  bookworm: {
    version: 12,
    sizes: ['about 71 GB for amd64 (95 GB with these sections)', 'about 12 GB (35 GB with these sections)'],
    endOfLife: { date: '2026-07-11', note: 'LTS until 2028-06-30' },
  },
};

export function isCodename(name: string): name is Codename {
  return codenames.some((codename) => codename === name);
}

/** The number of a Debian release by its codename, also of a suite of it, such as `bookworm-security`. */
export function debianVersionOf(codename: string): number | undefined {
  const [release = ''] = codename.split(/[-/]/);
  return isCodename(release) ? debianReleases[release].version : undefined;
}

/** The version that a product has on a Debian release; undefined where it has none. */
export function productVersion(product: Product, codename: Codename): number | undefined {
  return productReleases.find((entry) => entry.product === product && entry.codename === codename)?.version;
}

function release(
  product: ProductRelease['product'],
  title: string,
  rest: Pick<ProductRelease, 'version' | 'codename' | 'endOfLife'>,
): ProductRelease {
  return {
    product,
    title,
    ...rest,
    testComponent: rest.codename === 'bookworm' ? `${product}test` : `${product}-test`,
  };
}
