/** Defines the repositories that `init --preset` knows, as mirrors ready for a config. */
import { endOfLifeText } from './ends-of-life.ts';
import type { MirrorConfig } from './mirror-settings.ts';
import {
  cephReleases,
  channels,
  codenames,
  debianKeyring,
  debianReleases,
  productReleases,
  productVersion,
  proxmoxKeyrings,
  type CephRelease,
  type Channel,
  type Codename,
  type EndOfLife,
  type ProductRelease,
} from './known-releases.ts';
import type { Product } from '../../apt/domain/target.ts';

/** A mirror and what a reader of the config should know about it, a line each. */
export interface DraftMirror {
  comments: string[];
  settings: MirrorConfig;
}

export interface Preset {
  /** `pve-9-enterprise`, `ceph-squid-trixie-test`, `pbs-client-trixie`, `debian-trixie` */
  name: string;
  /** For people: "Proxmox VE 9, enterprise repository". */
  title: string;
  kind: 'product' | 'ceph' | 'client' | 'debian';
  /** Whose hosts use it; `debian` for what any host of the codename uses. */
  product: Product;
  codename: Codename;
  endOfLife: EndOfLife;
  mirrors: DraftMirror[];
}

/** All presets: products, then Ceph, then the backup client, then Debian. */
export const presets: readonly Preset[] = [
  ...productReleases.flatMap((entry) => channels.map((channel) => productPreset(entry, channel))),
  ...cephReleases.flatMap((entry) => channels.map((channel) => cephPreset(entry, channel))),
  ...codenames.map(clientPreset),
  ...codenames.map(debianPreset),
];

function productPreset(entry: ProductRelease, channel: Channel): Preset {
  const { product, version, codename, endOfLife } = entry;
  const name = `${product}-${version}-${channel}`;
  const title = `${entry.title} ${version}, ${channel} repository`;
  const component = channel === 'test' ? entry.testComponent : `${product}-${channel}`;
  const settings = proxmoxMirror({ id: name, path: product, codename, component, channel });
  const mirrors = [
    withLogin(
      { comments: [`${title}.`, `End of life: ${endOfLifeText(endOfLife)}.`], settings },
      channel,
      product,
    ),
  ];
  return { name, title, kind: 'product', product, codename, endOfLife, mirrors };
}

function cephPreset(entry: CephRelease, channel: Channel): Preset {
  const { codename, endOfLife } = entry;
  const base = `ceph-${entry.name}-${codename}`;
  const title = `Ceph ${entry.name} for Proxmox VE ${productVersion('pve', codename)}, ${channel} repository`;
  // Ids have at most 32 characters, so that "no-subscription" would not fit.
  const id = `${base}-${channel === 'no-subscription' ? 'nosub' : channel}`;
  const settings = proxmoxMirror({ id, path: `ceph-${entry.name}`, codename, component: channel, channel });
  const mirrors = [
    withLogin(
      { comments: [`${title}.`, `End of life: ${endOfLifeText(endOfLife)}.`], settings },
      channel,
      'pve',
    ),
  ];
  return { name: `${base}-${channel}`, title, kind: 'ceph', product: 'pve', codename, endOfLife, mirrors };
}

function clientPreset(codename: Codename): Preset {
  const name = `pbs-client-${codename}`;
  const title = `Proxmox Backup client for Debian ${debianReleases[codename].version}`;
  const { endOfLife } = debianReleases[codename];
  const settings = proxmoxMirror({
    id: name,
    path: 'pbs-client',
    codename,
    component: 'main',
    channel: 'public',
  });
  const mirrors = [{ comments: [`${title}.`], settings }];
  return { name, title, kind: 'client', product: 'debian', codename, endOfLife, mirrors };
}

function debianPreset(codename: Codename): Preset {
  const { version, sizes, endOfLife } = debianReleases[codename];
  const title = `Debian ${version} base: main, updates and security`;
  const [mainSize, securitySize] = sizes;
  const mirror = (suite: string, uri: string, comments: string[]): DraftMirror => ({
    comments,
    settings: {
      id: `debian-${suite}`,
      uri,
      suite,
      components: ['main', 'contrib', 'non-free-firmware'],
      keyring: debianKeyring,
      skip: { sections: ['debug', 'games'] },
    },
  });
  const archive = 'http://ftp.debian.org/debian';
  const mirrors = [
    mirror(codename, archive, [
      `Debian ${version}.`,
      `End of life: ${endOfLifeText(endOfLife)}.`,
      'The sections debug and games are left out, hosts cannot see them; remove "skip" to take all.',
      `Size: ${mainSize}.`,
      'Add non-free to the components if you need it.',
    ]),
    mirror(`${codename}-updates`, archive, [`Debian ${version}, updates between point releases.`]),
    mirror(`${codename}-security`, 'http://security.debian.org/debian-security', [
      `Debian ${version}, security updates.`,
      `Size: ${securitySize}.`,
    ]),
  ];
  return {
    name: `debian-${codename}`,
    title,
    kind: 'debian',
    product: 'debian',
    codename,
    endOfLife,
    mirrors,
  };
}

function proxmoxMirror(about: {
  id: string;
  path: string;
  codename: Codename;
  component: string;
  channel: Channel | 'public';
}): MirrorConfig {
  const base =
    about.channel === 'enterprise'
      ? 'https://enterprise.proxmox.com/debian'
      : 'http://download.proxmox.com/debian';
  return {
    id: about.id,
    uri: `${base}/${about.path}`,
    suite: about.codename,
    components: [about.component],
    keyring: proxmoxKeyrings[about.codename],
  };
}

/** The enterprise repositories require a login; `product` is the one whose subscription key grants access. */
function withLogin(mirror: DraftMirror, channel: Channel, product: Product): DraftMirror {
  if (channel !== 'enterprise') return mirror;
  const owner = product === 'pdm' || product === 'debian' ? 'pve' : product;
  const authFile = `./secrets/${owner}-auth.conf`;
  const { keyring, ...settings } = mirror.settings;
  return {
    comments: [
      ...mirror.comments,
      `Needs a subscription: write one line into ${authFile} (mode 0600), with the`,
      `subscription key and the server ID of a ${owner.toUpperCase()} host${product === 'pdm' ? ' (Datacenter Manager has no key of its own)' : ''}:`,
      '  machine enterprise.proxmox.com login SUBSCRIPTION-KEY password SERVER-ID',
      'With the pom engine the key that Proxmox Offline Mirror has is used instead.',
    ],
    settings: { ...settings, keyring, authFile, useSubscription: owner },
  };
}
