/** Decides what a host is, from its os-release and its packages, and which target of a bundle fits it. */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Product, Target } from './target.ts';
import type { UpgradeWay } from './upgrade-way.ts';

/** One package that dpkg knows. */
export interface InstalledPackage {
  name: string;
  version: string;
  architecture: string;
  /** dpkg's status: `installed`, `config-files`, `unpacked`, … */
  status: string;
}

/** Facts that decide a machine's kind. */
export interface HostFacts {
  /** Text of /etc/os-release (os-release(5)). */
  osRelease: string;
  installed: readonly InstalledPackage[];
  architecture: string;
  foreignArchitectures: readonly string[];
}

export interface Host {
  /** Sorted; only `debian` for a host without a product of Proxmox. */
  products: Product[];
  codename: string;
  /** dpkg's native architecture. */
  architecture: string;
  foreignArchitectures: string[];
}

/** Packages that identify a product; the first one has the product's version. */
export const productPackages: Record<Exclude<Product, 'debian'>, readonly string[]> = {
  pbs: ['proxmox-backup-server'],
  pdm: ['proxmox-datacenter-manager'],
  pmg: ['pmg-api', 'proxmox-mailgateway'],
  pve: ['pve-manager', 'proxmox-ve'],
};

/** @throws PommgrError `trust.target` when os-release names no codename. */
export function hostKind(facts: HostFacts): Host {
  const products = installedProducts(facts.installed);
  const codename = osReleaseValue(facts.osRelease, 'VERSION_CODENAME');
  if (codename === '') {
    throw new PommgrError(
      'trust.target',
      "The host's release is unknown: expected VERSION_CODENAME in /etc/os-release, found none.",
      { hints: ['Check that --root names the root of a Debian system.'] },
    );
  }
  return {
    products: products.length === 0 ? ['debian'] : products,
    codename,
    architecture: facts.architecture,
    foreignArchitectures: facts.foreignArchitectures.toSorted(compareText),
  };
}

/** Returns the installed products of Proxmox, sorted; empty for plain Debian. */
export function installedProducts(installed: readonly InstalledPackage[]): Product[] {
  const names = new Set(installed.filter(({ status }) => status === 'installed').map(({ name }) => name));
  return Object.entries(productPackages)
    .filter(([, packages]) => packages.some((name) => names.has(name)))
    .map(([product]) => product as Product)
    .toSorted(compareText);
}

/** Reads a shell-like assignment, quoted or not; empty when it is missing. */
export function osReleaseValue(text: string, name: string): string {
  let value = '';
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}=`)) continue;
    const raw = line.slice(name.length + 1).trim();
    const quoted = /^"((?:[^"\\]|\\.)*)"$|^'([^']*)'$/.exec(raw);
    value = (quoted?.[1] ?? quoted?.[2] ?? raw).replaceAll(/\\(.)/g, '$1');
  }
  return value;
}

export interface TargetWishes {
  /** Target that is requested now: it must fit. */
  name?: string | undefined;
  /** Target that was requested earlier; ignored where it no longer fits. */
  chosen?: string | null | undefined;
  /** Target that is applied. */
  applied?: string | undefined;
  /** Ways of major upgrades: of several stages for one release, a host begins with the first. */
  ways?: readonly UpgradeWay[] | undefined;
}

/**
 * Chooses the target for a host: the named one, else among those that fit the one that was requested earlier, the one
 * whose products are exactly the host's, the applied one, the only one, or the first stage of a way.
 * @throws PommgrError `trust.target` where none fits, several do and nothing tells them apart, or there is none of
 *   that name.
 */
export function chooseTarget(targets: readonly Target[], host: Host, options: TargetWishes = {}): Target {
  const named = options.name === undefined ? targets : targets.filter(({ name }) => name === options.name);
  const fitting = named.filter((target) => targetFits(target, host));
  const exact = fitting.filter(({ products }) => hasSameProducts(products, host));
  for (const some of [
    fitting.filter(({ name }) => name === options.chosen),
    exact,
    exact.filter(({ name }) => name === options.applied),
    fitting.filter(({ name }) => name === options.applied),
    fitting,
    earliestStage(exact, options.ways),
    earliestStage(fitting, options.ways),
  ]) {
    const [target] = some;
    if (target !== undefined && some.length === 1) return target;
  }
  const details = { host, offered: targets, name: options.name ?? null };
  if (fitting.length > 1) {
    const names = fitting.map(({ name }) => name).toSorted(compareText);
    throw new PommgrError(
      'trust.target',
      `Several targets of the bundle fit this host, ${hostText(host)}: expected one, found ${names.join(', ')}.`,
      { hints: ['Choose one with --target NAME; later runs take the same.'], details },
    );
  }
  throw new PommgrError('trust.target', refusalText(targets, host, options.name), {
    hints: ['Bring a bundle that was made for such hosts, or add a target for them on the online side.'],
    details,
  });
}

/** Returns the first of the targets where all of them are stages of one way. */
function earliestStage(targets: readonly Target[], ways: readonly UpgradeWay[] = []): Target[] {
  const way = ways.find(({ stages }) => targets.every(({ name }) => stages.includes(name)));
  const first = way?.stages.find((stage) => targets.some(({ name }) => name === stage));
  return targets.filter(({ name }) => name === first);
}

function hasSameProducts(products: readonly Product[], host: Host): boolean {
  return products.length === host.products.length && host.products.every((one) => products.includes(one));
}

/** Returns whether the target is for hosts of this kind. */
export function targetFits(target: Target, host: Host): boolean {
  return (
    host.products.every((product) => target.products.includes(product)) &&
    target.codename === host.codename &&
    target.architectures.includes(host.architecture)
  );
}

function refusalText(targets: readonly Target[], host: Host, name: string | undefined): string {
  const offers = targets.toSorted((a, b) => compareText(a.name, b.name)).map(targetText);
  const wanted =
    name === undefined
      ? 'No target of the bundle fits this host'
      : targets.some((target) => target.name === name)
        ? `The target ${name} does not fit this host`
        : `The bundle has no target ${name}`;
  return `${wanted}: expected one for ${hostText(host)}, found ${offers.join('; ')}.`;
}

function hostText({ products, codename, architecture }: Host): string {
  return `${products.join(' + ')} on ${codename} (${architecture})`;
}

function targetText({ name, products, codename, architectures }: Target): string {
  return `${name} for ${products.join(', ')} on ${codename} (${architectures.join(', ')})`;
}
