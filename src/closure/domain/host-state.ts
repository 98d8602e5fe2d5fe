/**
 * Computes what a host will have after its upgrade: the candidate of each installed package, or the installed version
 * where that is held, newer, or in no mirror. Alternatives that it satisfies need nothing else.
 */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { parseClauses, satisfies, type Alternative, type Clause } from '../../apt/domain/relations.ts';
import type { InventoryPackage, PackageRelations } from '../../apt/domain/inventory.ts';
import { providedBy, servesArchitecture, slotOf, type Offer, type Offers } from './offers.ts';

/** One package of the host. */
export interface HeldPackage {
  name: string;
  /** Never `all`. */
  slot: string;
  version: string;
  relations: PackageRelations;
  /** The mirrors' offer for it, if the host will install that. */
  offer: Offer | undefined;
  hold: boolean;
}

export interface HostState {
  packages: readonly HeldPackage[];
  /** Returns the packages that satisfy an alternative of a package of architecture `wanter`. */
  satisfying(alternative: Alternative, wanter: string): HeldPackage[];
  /** Returns whether a package of the host excludes the offer: the two conflict, or the host holds another version. */
  hinders(offer: Offer): boolean;
}

/** Returns a system without packages. */
export function emptyHost(offers: Offers): HostState {
  return stateOf([], offers.nativeArchitecture);
}

/** Returns a system that has exactly these candidates. */
export function hostOfOffers(chosen: Iterable<Offer>, offers: Offers): HostState {
  const native = offers.nativeArchitecture;
  const packages = [...chosen].map((offer) => ({
    name: offer.name,
    slot: slotOf(offer, native),
    version: offer.version,
    relations: offer.relations,
    offer,
    hold: false,
  }));
  return stateOf(packages, native);
}

export function hostOfInventory(installed: readonly InventoryPackage[], offers: Offers): HostState {
  const packages = installed.map((item) => upgraded(item, offers));
  return stateOf(packages, offers.nativeArchitecture);
}

function upgraded(item: InventoryPackage, offers: Offers): HeldPackage {
  const slot = slotOf(item, offers.nativeArchitecture);
  const candidate = candidateFor(item, offers);
  if (candidate !== undefined && !item.hold) {
    const { name, version, relations } = candidate;
    return { name, slot, version, relations, offer: candidate, hold: false };
  }
  const { name, version, hold } = item;
  return { name, slot, version, relations: installedRelations(item, offers), offer: undefined, hold };
}

/** Returns the offer with which apt would replace the installed version; never a downgrade. */
export function candidateFor(item: InventoryPackage, offers: Offers): Offer | undefined {
  const slot = slotOf(item, offers.nativeArchitecture);
  const isNewer = (offer: Offer | undefined): offer is Offer =>
    offer !== undefined && compareVersions(offer.version, item.version) >= 0;
  return [offers.candidate(item.name, slot), offers.upgradeOnly(item.name, slot)].find(isNewer);
}

/**
 * Returns the relations in the lock. For a lock without them, it returns those that a mirror still has for the same
 * version.
 */
export function installedRelations(item: InventoryPackage, offers: Offers): PackageRelations {
  const slot = slotOf(item, offers.nativeArchitecture);
  return item.relations ?? offers.exact(item.name, slot, item.version)?.relations ?? {};
}

function stateOf(packages: readonly HeldPackage[], native: string): HostState {
  const byName = groupBy(packages, (held) => [[held.name, held]]);
  const byProvided = groupBy(packages, (held) =>
    providedBy(held.relations).map(({ name, version }) => [name, { held, version }]),
  );
  const against = groupBy(packages, (held) =>
    excludedBy(held.relations).map((alternative) => [alternative.name, { held, alternative }]),
  );
  const satisfying = (alternative: Alternative, wanter: string): HeldPackage[] => {
    const serves = ({ slot, relations }: HeldPackage): boolean =>
      servesArchitecture(alternative, { wanter, slot, native, multiArch: relations.multiArch });
    const real = (byName.get(alternative.name) ?? []).filter(
      (held) => serves(held) && satisfies(held.version, alternative),
    );
    const providers = (byProvided.get(alternative.name) ?? [])
      .filter(({ held, version }) => serves(held) && satisfies(version, alternative))
      .map(({ held }) => held);
    return [...real, ...providers];
  };
  return {
    packages,
    satisfying,
    hinders(offer) {
      const own = (byName.get(offer.name) ?? []).filter(({ slot }) => slot === slotOf(offer, native));
      if (own.some(({ hold, version }) => hold && version !== offer.version)) return true;
      const names = [{ name: offer.name, version: offer.version }, ...providedBy(offer.relations)];
      const isExcluded = names.some(({ name, version }) =>
        (against.get(name) ?? []).some(
          ({ held, alternative }) => held.name !== offer.name && satisfies(version, alternative),
        ),
      );
      return isExcluded || excludedBy(offer.relations).some((alternative) => isThere(alternative, offer));
    },
  };

  /** Conflicts ignore architectures, except within the same package. */
  function isThere(alternative: Alternative, offer: Offer): boolean {
    const real = byName.get(alternative.name) ?? [];
    if (real.some((held) => held.name !== offer.name && satisfies(held.version, alternative))) return true;
    return (byProvided.get(alternative.name) ?? []).some(
      ({ held, version }) => held.name !== offer.name && satisfies(version, alternative),
    );
  }
}

/** Returns what a package conflicts with or breaks. */
function excludedBy({ conflicts, breaks }: PackageRelations): Alternative[] {
  const clauses: Clause[] = [...parseClauses(conflicts), ...parseClauses(breaks)];
  return clauses.flat();
}

function groupBy<Item, Value>(
  items: readonly Item[],
  keysOf: (item: Item) => (readonly [string, Value])[],
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const item of items) {
    for (const [key, value] of keysOf(item)) {
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [value]);
      else known.push(value);
    }
  }
  return groups;
}
