/** Drafts a config from presets: its mirrors, its track, and a target for each kind of host. */
import { closestName } from '../../core/domain/closest-name.ts';
import type { TargetConfig } from '../../config/domain/target-settings.ts';
import type { ConfigDraft } from './config-text.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { codenames, productVersion, type Codename } from '../../config/domain/known-releases.ts';
import { upgradePresets } from '../../config/domain/upgrade-presets.ts';
import { splitUpgrades, wayOfDraft, wayTargets, type NamedWay } from './way-draft.ts';
import { presets, type Preset } from '../../config/domain/presets.ts';
import type { Product } from '../../apt/domain/target.ts';

/** Hosts of one product and Debian release, e.g. `pve9` or `debian-trixie`. */
interface HostKind {
  name: string;
  product: Product;
  codename: Codename;
}

/** What makes a bare Debian a host of the product. */
const productPackage: Record<Product, string[]> = {
  debian: [],
  pbs: ['proxmox-backup-server'],
  pdm: ['proxmox-datacenter-manager'],
  pmg: ['proxmox-mailgateway'],
  pve: ['proxmox-ve'],
};

/**
 * Makes a mirror for each repository of the presets, in their order, without duplicates. `thin` gives each kind of host
 * a target with a closure: the packages that a new host of that product needs. Without it, a single kind of host has no
 * target; several kinds have one each, and one for each Ceph release where a kind has several.
 * A major upgrade has a target for each stage.
 * @throws PommgrError `usage.preset` for a name that is none.
 */
export function draftFromPresets(names: readonly string[], { thin = false } = {}): ConfigDraft {
  const { ways, repositories } = splitUpgrades(names);
  const chosen = [...new Set(repositories)].map(presetNamed);
  const kinds = hostKinds(chosen, ways);
  const targets = kinds.flatMap((kind) => {
    const own = kindTargets(kind, chosen);
    return thin ? own.map((target) => ({ ...target, closure: { install: installFor(kind, chosen) } })) : own;
  });
  const staged = ways.flatMap((way) => wayTargets(way, chosen, thin ? wayClosure(way) : undefined));
  return {
    track: [...ways.map(({ preset }) => preset.way), ...kinds.map((kind) => kind.name)].join('-'),
    mirrors: chosen.flatMap((preset) => preset.mirrors),
    targets: thin || staged.length + targets.length > 1 ? [...staged, ...targets] : [],
    upgrades: ways.map(wayOfDraft),
  };
}

/** A host with Ceph has its daemons, too, which no package of the product depends on. */
function wayClosure({ preset: { product }, stages }: NamedWay): { install: string[] } {
  const hasCeph = stages.some(({ ceph }) => ceph !== undefined);
  return { install: [...productPackage[product], ...(hasCeph ? ['ceph'] : [])] };
}

/** Nothing where the presets have only Ceph or Debian for such hosts. */
function installFor({ product, codename }: HostKind, chosen: readonly Preset[]): string[] {
  const here = chosen.filter((preset) => preset.codename === codename);
  const hasProduct = here.some((preset) => preset.kind === 'product' && preset.product === product);
  const hasClient = product === 'debian' && here.some((preset) => preset.kind === 'client');
  return [...(hasProduct ? productPackage[product] : []), ...(hasClient ? ['proxmox-backup-client'] : [])];
}

function presetNamed(name: string): Preset {
  const preset = presets.find((candidate) => candidate.name === name);
  if (preset !== undefined) return preset;
  const names = [...presets, ...upgradePresets].map((candidate) => candidate.name);
  const closest = closestName(name, names);
  // `pve9` is the beginning of three of them.
  const begun = names.filter((candidate) => lettersOf(candidate).startsWith(lettersOf(name)));
  const offered = closest === undefined && name !== '' ? begun.slice(0, 3) : [closest ?? ''].filter(Boolean);
  throw new PommgrError('usage.preset', `There is no preset "${name}".`, {
    hints: [
      ...(offered.length === 0 ? [] : [`Did you mean ${offered.map((one) => `"${one}"`).join(', ')}?`]),
      'Run "pommgr init --list-presets" to see all.',
    ],
    details: { preset: name },
  });
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/**
 * Returns the kinds of hosts that are on no way. Debian alone is a kind only where no product of Proxmox runs on that
 * release.
 */
function hostKinds(chosen: readonly Preset[], ways: readonly NamedWay[]): HostKind[] {
  const staged = new Set<Product>(ways.map(({ preset }) => preset.product));
  return codenames.flatMap((codename): HostKind[] => {
    const here = chosen.filter((preset) => preset.codename === codename);
    const products = new Set(
      here.map((preset) => preset.product).filter((product) => product !== 'debian' && !staged.has(product)),
    );
    const kinds = [...products].map((product) => ({
      name: `${product}${productVersion(product, codename)}`,
      product,
      codename,
    }));
    if (kinds.length > 0 || here.length === 0 || staged.size > 0) return kinds;
    return [{ name: `debian-${codename}`, product: 'debian', codename }];
  });
}

/** Two Ceph releases in one target would upgrade every host to the newer one. */
function kindTargets(kind: HostKind, chosen: readonly Preset[]): TargetConfig[] {
  const seen = chosen.filter(
    (preset) =>
      preset.codename === kind.codename && (preset.product === kind.product || preset.product === 'debian'),
  );
  const cephNames = new Set(seen.filter((preset) => preset.kind === 'ceph').map(cephName));
  if (cephNames.size < 2) return [targetOf(kind.name, kind, seen)];
  return [...cephNames].map((name) =>
    targetOf(
      `${kind.name}-${name}`,
      kind,
      seen.filter((preset) => preset.kind !== 'ceph' || cephName(preset) === name),
    ),
  );
}

function targetOf(name: string, kind: HostKind, seen: readonly Preset[]): TargetConfig {
  return {
    name,
    products: [kind.product],
    codename: kind.codename,
    mirrors: seen.flatMap((preset) => preset.mirrors.map((mirror) => mirror.settings.id)),
  };
}

/** `ceph-squid` of `ceph-squid-trixie-enterprise` */
function cephName(preset: Preset): string {
  return preset.name.split('-').slice(0, 2).join('-');
}
