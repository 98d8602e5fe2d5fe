/**
 * Holds what the mirrors of a target offer to hosts of one native architecture: the candidates with their relations,
 * and who provides what. Invariant: the result does not depend on the order in which offers are added.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { parseClauses, satisfies, type Alternative } from '../../apt/domain/relations.ts';
import type { PackageRelations } from '../../apt/domain/inventory.ts';

/** A binary package of a mirror. */
export interface Offer {
  name: string;
  version: string;
  /** As the index has it, perhaps `all`. */
  architecture: string;
  relations: PackageRelations;
  sizeBytes: number;
  /** The mirror's id. */
  mirror: string;
  /** Words of the Task field. */
  tasks: readonly string[];
}

export interface Provider {
  offer: Offer;
  /** Absent where the Provides names none. */
  version: string | undefined;
}

/** Finds offers by name or version. */
export interface Offers {
  nativeArchitecture: string;
  /** The candidates, by name and then architecture. */
  candidates(): readonly Offer[];
  candidate(name: string, architecture: string): Offer | undefined;
  /**
   * Returns what apt upgrades to if the package is already installed: the highest version in a suite with
   * ButAutomaticUpgrades.
   */
  upgradeOnly(name: string, architecture: string): Offer | undefined;
  /** The candidates of this name, the native architecture's first. */
  named(name: string): readonly Offer[];
  providers(name: string): readonly Provider[];
  /** Returns an offer of exactly this version, which need not be the candidate. */
  exact(name: string, architecture: string, version: string): Offer | undefined;
}

export interface OffersBuilder {
  add(offer: Offer): void;
  finish(): Offers;
}

/** Returns the key of a package file, whichever mirror has it. */
export function offerKey({
  name,
  version,
  architecture,
}: Pick<Offer, 'name' | 'version' | 'architecture'>): string {
  return `${name} ${version} ${architecture}`;
}

/** apt's priority of a mirror's versions (apt_preferences(5)): 990 stands for every mirror that is automatic. */
export type MirrorPriority = 990 | 100 | 1;

/**
 * `priorities` has the mirrors that count, by id; `isWanted` decides which offers `exact` knows. A package of
 * architecture `all` counts as one of the native architecture, as in apt.
 */
export function createOffers(about: {
  nativeArchitecture: string;
  architectures: ReadonlySet<string>;
  priorities: ReadonlyMap<string, MirrorPriority>;
  isWanted: (offer: Offer) => boolean;
}): OffersBuilder {
  const { nativeArchitecture, architectures, priorities, isWanted } = about;
  const slots = new Map<string, Offer>();
  const upgrades = new Map<string, Offer>();
  const exact = new Map<string, Offer>();
  return {
    add(offer) {
      const architecture = slotOf(offer, nativeArchitecture);
      if (!architectures.has(architecture)) return;
      if (isWanted(offer)) keepBetter(exact, `${offer.name} ${architecture} ${offer.version}`, offer);
      const priority = priorities.get(offer.mirror);
      if (priority === undefined) return;
      const slot = `${offer.name} ${architecture}`;
      const other = slots.get(slot);
      const before = other === undefined ? 0 : (priorities.get(other.mirror) ?? 0);
      if (priority > before) slots.set(slot, offer);
      else if (priority === before) keepBetter(slots, slot, offer);
      if (priority === 100) keepBetter(upgrades, slot, offer);
    },
    finish: () => indexOffers({ slots, upgrades, exact }, nativeArchitecture),
  };
}

/** Returns the architecture for which a package counts. */
export function slotOf({ architecture }: { architecture: string }, nativeArchitecture: string): string {
  return architecture === 'all' ? nativeArchitecture : architecture;
}

function keepBetter(known: Map<string, Offer>, key: string, offer: Offer): void {
  const other = known.get(key);
  if (other === undefined || compareOffers(offer, other) > 0) known.set(key, offer);
}

/** Where dpkg considers two versions equal, text and mirror decide, so that the order of adding does not matter. */
function compareOffers(a: Offer, b: Offer): number {
  return (
    compareVersions(a.version, b.version) ||
    compareText(a.version, b.version) ||
    compareText(b.mirror, a.mirror) ||
    compareText(b.architecture, a.architecture)
  );
}

function indexOffers(
  maps: Record<'slots' | 'upgrades' | 'exact', ReadonlyMap<string, Offer>>,
  nativeArchitecture: string,
): Offers {
  const { slots, upgrades, exact } = maps;
  const rank = (offer: Offer): number => (slotOf(offer, nativeArchitecture) === nativeArchitecture ? 0 : 1);
  const sorted = [...slots.values()].toSorted(
    (a, b) => compareText(a.name, b.name) || rank(a) - rank(b) || compareText(a.architecture, b.architecture),
  );
  const byName = new Map<string, Offer[]>();
  const byProvided = new Map<string, Provider[]>();
  for (const offer of sorted) {
    append(byName, offer.name, offer);
    for (const { name, version } of providedBy(offer.relations)) append(byProvided, name, { offer, version });
  }
  return {
    nativeArchitecture,
    candidates: () => sorted,
    candidate: (name, architecture) => slots.get(`${name} ${architecture}`),
    upgradeOnly: (name, architecture) => upgrades.get(`${name} ${architecture}`),
    named: (name) => byName.get(name) ?? [],
    providers: (name) => byProvided.get(name) ?? [],
    exact: (name, architecture, version) => exact.get(`${name} ${architecture} ${version}`),
  };
}

/** Returns the names that a package provides; a provided version allows only `=` (Debian Policy 7.5). */
export function providedBy({ provides }: PackageRelations): { name: string; version: string | undefined }[] {
  return parseClauses(provides).flatMap((clause) =>
    clause.map(({ name, version }) => ({ name, version: version?.than })),
  );
}

/**
 * Returns whether a package of architecture `slot` may satisfy an alternative in a field of a package of architecture
 * `wanter` (Debian's multiarch specification, as dpkg and apt implement it).
 */
export function servesArchitecture(
  { qualifier }: Pick<Alternative, 'qualifier'>,
  about: { wanter: string; slot: string; native: string; multiArch: PackageRelations['multiArch'] },
): boolean {
  const { wanter, slot, native, multiArch } = about;
  if (qualifier === 'any') return slot === wanter || multiArch === 'allowed' || multiArch === 'foreign';
  if (qualifier === 'native') return slot === native;
  if (qualifier !== '') return slot === qualifier;
  return slot === wanter || multiArch === 'foreign';
}

/**
 * Returns the candidates that satisfy an alternative: the real package of that name, else all its providers. For a
 * foreign package it includes the native one that may replace it, because apt accepts either.
 */
export function offersFor(offers: Offers, alternative: Alternative, wanter: string): Offer[] {
  const native = offers.nativeArchitecture;
  const serves = (offer: Offer): boolean =>
    servesArchitecture(alternative, {
      wanter,
      slot: slotOf(offer, native),
      native,
      multiArch: offer.relations.multiArch,
    });
  const real = offers
    .named(alternative.name)
    .filter((offer) => serves(offer) && satisfies(offer.version, alternative));
  if (real.length > 0) return nearest(real, wanter, native);
  const providers = offers
    .providers(alternative.name)
    .filter(({ offer, version }) => serves(offer) && satisfies(version, alternative))
    .map(({ offer }) => offer);
  return nearest(providers, wanter, native);
}

/** Other architectures count only where neither the wanter's own nor the native one has a match. */
function nearest(found: readonly Offer[], wanter: string, native: string): Offer[] {
  const own = found.filter((offer) => [wanter, native].includes(slotOf(offer, native)));
  return own.length > 0 ? own : [...found];
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
