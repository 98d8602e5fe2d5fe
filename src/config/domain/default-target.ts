/** Computes the targets of a config: those that it names, filled in, or the one that its mirrors make. */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Config } from './config.ts';
import type { CompleteTargetConfig, TargetConfig } from './target-settings.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from './mirror.ts';
import type { Product, Target } from '../../apt/domain/target.ts';

/**
 * Targets in the form of a baseline, sorted by name. `releases` has the verified Release of each mirror, by id.
 * @throws PommgrError `config.targets` when mirrors of several Debian releases need targets to part them, or a
 * target names what no mirror has.
 */
export function defaultTargets(
  config: Pick<Config, 'targets' | 'mirrors'>,
  releases: ReadonlyMap<string, { codename: string }>,
): Target[] {
  if (config.targets.length === 0) return [targetOfAll(config.mirrors, releases)];
  return config.targets
    .map((target) => completeTarget(target, config.mirrors))
    .toSorted((a, b) => compareText(a.name, b.name));
}

function targetOfAll(
  mirrors: readonly Mirror[],
  releases: ReadonlyMap<string, { codename: string }>,
): Target {
  const byCodename = new Map<string, string[]>();
  for (const { id } of mirrors) {
    const codename = baseCodename(releases.get(id)?.codename ?? '');
    byCodename.set(codename, [...(byCodename.get(codename) ?? []), id]);
  }
  const [codename, ...others] = [...byCodename.keys()].toSorted(compareText);
  if (codename === undefined || codename === '' || others.length > 0) throw severalReleases(byCodename);
  return {
    name: 'default',
    mirrors: sorted(mirrors.map(({ id }) => id)),
    products: productsOf(mirrors),
    codename,
    architectures: architecturesOf(mirrors),
    notAutomatic: [],
  };
}

/** Returns the release of a suite: `trixie-updates` and `bookworm/updates` are for trixie and bookworm. */
export function baseCodename(codename: string): string {
  return codename.replace(
    /(?:[-/](?:updates|security|proposed-updates|backports|sloppy|backports-sloppy|debug|lts|elts))+$/,
    '',
  );
}

function severalReleases(byCodename: ReadonlyMap<string, readonly string[]>): PommgrError {
  const found = [...byCodename]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([codename, ids]) => `${codename || 'none'} (${ids.join(', ')})`);
  return new PommgrError(
    'config.targets',
    `The config names no targets, so all of its mirrors must be for one Debian release: expected one codename, found ${found.join('; ')}.`,
    {
      hints: [
        'Write "targets:" into the config: one for each kind of host, with the mirrors that it is to see.',
      ],
      details: { codenames: [...byCodename.keys()].toSorted(compareText) },
    },
  );
}

/** Proxmox names its components after the product: `pve-enterprise`, `pvetest`, `pbs-no-subscription`. */
export function productsOf(mirrors: readonly Pick<Mirror, 'components'>[]): Product[] {
  const components = mirrors.flatMap((mirror) => mirror.components);
  const found = (['pbs', 'pdm', 'pmg', 'pve'] as const).filter((product) =>
    components.some((component) => component.startsWith(product)),
  );
  return found.length === 0 ? ['debian'] : found;
}

function completeTarget(target: CompleteTargetConfig, mirrors: readonly Mirror[]): Target {
  const chosen = mirrors.filter(({ id }) => target.mirrors.includes(id));
  const served = architecturesOf(chosen);
  const wanted = target.architectures ?? served;
  checkKnown(target, { what: 'mirrors', wanted: target.mirrors, known: mirrors.map(({ id }) => id) });
  checkKnown(target, { what: 'notAutomatic', wanted: target.notAutomatic ?? [], known: target.mirrors });
  checkKnown(target, { what: 'architectures', wanted, known: served });
  return {
    name: target.name,
    mirrors: sorted(target.mirrors),
    products: sorted(target.products),
    codename: target.codename,
    architectures: sorted(wanted),
    notAutomatic: sorted(target.notAutomatic ?? []),
    ...(target.closure === undefined
      ? {}
      : { closure: { install: target.closure.install, recommends: target.closure.recommends } }),
  };
}

function checkKnown(
  target: TargetConfig,
  list: { what: string; wanted: readonly string[]; known: readonly string[] },
): void {
  const unknown = list.wanted.filter((value) => !list.known.includes(value));
  if (unknown.length === 0) return;
  throw new PommgrError(
    'config.targets',
    `The ${list.what} of the target ${target.name}: expected some of ${sorted(list.known).join(', ') || 'none'}, found ${unknown.join(', ')}.`,
    { details: { target: target.name, expected: sorted(list.known), found: unknown } },
  );
}

function architecturesOf(mirrors: readonly Mirror[]): string[] {
  return sorted(mirrors.flatMap((mirror) => mirror.architectures));
}

function sorted<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].toSorted(compareText);
}
