/** Holds facts of the step from Debian 12 to 13 that several checks use (the products' upgrade guides, 2025-08). */

export const oldRelease = 'bookworm';
export const newRelease = 'trixie';

export interface ProductStep {
  title: string;
  /** The package whose version is the product's. */
  package: string;
  /** The least version of the old major release that the upgrade may start from. */
  least: string;
  /** Major version after the upgrade. */
  next: string;
}

export const productSteps: Record<'pve' | 'pbs' | 'pmg', ProductStep> = {
  pve: { title: 'Proxmox VE', package: 'pve-manager', least: '8.4.0', next: '9' },
  pbs: { title: 'Proxmox Backup Server', package: 'proxmox-backup-server', least: '3.4.2', next: '4' },
  pmg: { title: 'Proxmox Mail Gateway', package: 'pmg-api', least: '8.2.0', next: '9' },
};

/** The first Ceph release that is there on both Debian releases. */
export const leastCeph = { major: 19, name: 'squid' };

/** The oldest kernel of Proxmox that the new release is made for. */
export const leastKernel = { major: 6, minor: 14 };

/** Database of Proxmox Mail Gateway before and after. */
export const databases = { before: '15', after: '17' };

/** Returns whether a package is one kernel of several: old ones stay installed, and have no newer version. */
export function isKernel(name: string): boolean {
  return /^(?:linux-(?:image|headers|modules)|(?:pve|proxmox)-(?:kernel|headers))-/.test(name);
}
