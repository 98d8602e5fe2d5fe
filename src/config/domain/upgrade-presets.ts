/**
 * Defines the presets of major upgrades: the presets of both releases, and the stages between them in the order of the
 * products' upgrade documents.
 */
import type { Product } from '../../apt/domain/target.ts';
import {
  channels,
  codenames,
  debianReleases,
  productReleases,
  type Channel,
  type Codename,
} from './known-releases.ts';

export interface UpgradePreset {
  /** `upgrade-pve-8-to-9` is for the enterprise repositories; the other channels are added, as `-no-subscription`. */
  name: string;
  title: string;
  /** Name of the way. */
  way: string;
  product: Product;
  from: UpgradeEnd;
  to: UpgradeEnd;
  /** Presets whose mirrors it takes. */
  presets: string[];
}

interface UpgradeEnd {
  codename: Codename;
  /** For people: "Proxmox VE 8". */
  title: string;
  /** Name of its target: `pve-8`. */
  target: string;
}

/** All of them: those of the products, then Debian's. */
export const upgradePresets: readonly UpgradePreset[] = [
  ...(['pve', 'pbs', 'pmg'] as const).flatMap((product) =>
    channels.map((channel) => productUpgrade(product, channel)),
  ),
  debianUpgrade(),
];

function productUpgrade(product: Product, channel: Channel): UpgradePreset {
  const [to, from] = codenames.map((codename) => {
    const release = productReleases.find((one) => one.product === product && one.codename === codename);
    if (release === undefined) throw new Error(`${product} has no release on ${codename}`);
    const { title, version } = release;
    return { codename, title: `${title} ${version}`, target: `${product}-${version}` };
  });
  return upgradeOf(product, {
    ...ends(from, to),
    suffix: channel === 'enterprise' ? '' : `-${channel}`,
    note: `${channel} repositories`,
    presetOf: ({ target }) => `${target}-${channel}`,
  });
}

function debianUpgrade(): UpgradePreset {
  const [to, from] = codenames.map((codename) => {
    const { version } = debianReleases[codename];
    return { codename, title: `Debian ${version}`, target: `debian-${version}` };
  });
  return upgradeOf('debian', { ...ends(from, to), suffix: '', note: '', presetOf: () => undefined });
}

function ends(from: UpgradeEnd | undefined, to: UpgradeEnd | undefined): Pick<UpgradePreset, 'from' | 'to'> {
  if (from === undefined || to === undefined) throw new Error('two releases are expected');
  return { from, to };
}

function upgradeOf(
  product: Product,
  about: Pick<UpgradePreset, 'from' | 'to'> & {
    suffix: string;
    note: string;
    presetOf: (end: UpgradeEnd) => string | undefined;
  },
): UpgradePreset {
  const { from, to, suffix, note, presetOf } = about;
  const way = `${from.target}-to-${to.target.split('-').at(-1)}`;
  return {
    name: `upgrade-${way}${suffix}`,
    title: `Upgrade from ${from.title} to ${to.title}, all stages${note === '' ? '' : `, ${note}`}`,
    ...{ way, product, from, to },
    presets: [from, to].flatMap((end) => [presetOf(end) ?? [], `debian-${end.codename}`].flat()),
  };
}

export interface PlannedStage {
  /** Name of its target. */
  target: string;
  codename: Codename;
  /** Ceph of its mirrors, as `squid`; undefined for none. */
  ceph: string | undefined;
  comments: string[];
}

/** Returns the stages; `ceph` is the release that the hosts of Proxmox VE have now, as `reef`. */
export function plannedStages({ from, to }: UpgradePreset, ceph: string | undefined): PlannedStage[] {
  const last = (name: string | undefined): PlannedStage => ({
    ...{ target: from.target, codename: from.codename, ceph: name },
    comments: [`The newest ${from.title}, on every host, before anything else.`],
  });
  const release = (name: string | undefined): PlannedStage => ({
    ...{ target: to.target, codename: to.codename, ceph: name },
    comments: [`The change to ${to.title}, host by host, each with a reboot.`],
  });
  if (ceph === undefined) return [last(undefined), release(undefined)];
  const squid: PlannedStage = {
    ...{ target: `${from.target}-squid`, codename: from.codename, ceph: 'squid' },
    comments: [
      `Ceph squid, while the hosts still have ${from.title}: ${to.title} works with`,
      'no older one.',
    ],
  };
  const tentacle: PlannedStage = {
    ...{ target: `${to.target}-tentacle`, codename: to.codename, ceph: 'tentacle' },
    comments: [`Ceph tentacle, once all hosts have ${to.title}.`],
  };
  return [last(ceph), ...(ceph === 'squid' ? [] : [squid]), release('squid'), tentacle];
}
