/** Describes how Proxmox's products differ in the activation of a subscription key. */
import type { SubscriptionProduct } from '../../config/domain/subscription-key.ts';

export interface ProductTool {
  product: SubscriptionProduct;
  program: string;
  /** Arguments that make it print its state. */
  get: readonly string[];
  /** Arguments that come before the base64 of an info. */
  setOfflineKey: readonly string[];
  /** The file that holds the state. */
  stateFile: string;
  /** The logins for enterprise repositories, which it writes along with the state. */
  loginFiles: readonly string[];
  package: string;
  /** The first version of the package that takes offline keys. */
  minimumVersion: string;
}

export const productTools: Record<SubscriptionProduct, ProductTool> = {
  pbs: {
    product: 'pbs',
    program: 'proxmox-backup-manager',
    get: ['subscription', 'get', '--output-format', 'json'],
    setOfflineKey: ['subscription', 'set-offline-key'],
    stateFile: '/etc/proxmox-backup/subscription',
    loginFiles: [],
    package: 'proxmox-backup-server',
    minimumVersion: '2.2.6-1',
  },
  pmg: {
    product: 'pmg',
    program: 'pmgsubscription',
    get: ['get'],
    setOfflineKey: ['set-offline-key'],
    stateFile: '/etc/pmg/subscription',
    loginFiles: ['/etc/apt/auth.conf.d/pmg.conf'],
    package: 'pmg-api',
    minimumVersion: '7.1-7',
  },
  pve: {
    product: 'pve',
    program: 'pvesubscription',
    get: ['get'],
    setOfflineKey: ['set-offline-key'],
    stateFile: '/etc/subscription',
    loginFiles: ['/etc/apt/auth.conf.d/pve.conf', '/etc/apt/auth.conf.d/ceph.conf'],
    package: 'pve-manager',
    minimumVersion: '7.2-11',
  },
};

/** Returns every file that the product writes when it is given a key. */
export function subscriptionFiles({ stateFile, loginFiles }: ProductTool): string[] {
  return [stateFile, ...loginFiles];
}
