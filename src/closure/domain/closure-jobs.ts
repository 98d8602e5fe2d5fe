/**
 * Lists the jobs of a closure and their starting points: every host's upgrade, restore and installations, and the same
 * installations on a bare system.
 */
import type { ClosureConfig } from '../../config/domain/closure-settings.ts';
import type { HostInventory } from './host-inventory.ts';
import { candidateFor, emptyHost, hostOfInventory, hostOfOffers } from './host-state.ts';
import { slotOf, type Offer, type Offers } from './offers.ts';
import { createSolver, type Seed, type Selection, type Solver } from './selection.ts';

/** What one host, or the bare system, needs. */
export interface HostClosure {
  /** Name of the host; null for the bare system. */
  host: string | null;
  selection: Selection;
}

export interface TargetSelection {
  closures: HostClosure[];
  /** Packages of a fresh installation, as debootstrap selects them. */
  bare: Offer[];
  /** Names under `install` that no mirror of the target has, sorted. */
  unknown: string[];
}

/** The hosts of `inventories` all have the offers' native architecture. `isAlso` decides which names `also` includes. */
export function selectPackages(
  offers: Offers,
  about: {
    inventories: readonly HostInventory[];
    closure: ClosureConfig;
    isAlso: (name: string) => boolean;
  },
): TargetSelection {
  const { inventories, closure, isAlso } = about;
  const solver = createSolver(offers, closure);
  const bare = bareSystem(offers);
  const bareHost = hostOfOffers(bare, offers);
  const install = closure.install.map((name) => ({ name, offers: namedOffers(name, offers) }));
  const asked: Seed[] = install.flatMap(({ name, offers: found }) =>
    found.map((offer) => ({ offer, because: { kind: 'install' as const, text: name } })),
  );
  const bareSeeds: Seed[] = [
    ...bare.map((offer) => ({ offer, because: { kind: 'bare' as const, text: offer.name } })),
    ...asked,
    ...offers
      .candidates()
      .filter(({ name }) => isAlso(name))
      .map((offer) => ({ offer, because: { kind: 'also' as const, text: offer.name } })),
  ];
  return {
    closures: [
      { host: null, selection: solver.select(bareSeeds, bareHost) },
      ...inventories.map((start) => ({
        host: start.inventory.hostName,
        selection: selectForHost(start, { offers, solver, asked, closure }),
      })),
    ],
    bare,
    unknown: install.filter(({ offers: found }) => found.length === 0).map(({ name }) => name),
  };
}

/**
 * Where packages may be there or not, the choice for a clause is made both with them and without them, so that either
 * is served.
 */
function selectForHost(
  { inventory, possible }: HostInventory,
  about: { offers: Offers; solver: Solver; asked: readonly Seed[]; closure: ClosureConfig },
): Selection {
  const { offers, solver, asked, closure } = about;
  const native = offers.nativeArchitecture;
  const seeds: Seed[] = [];
  for (const item of inventory.packages) {
    const slot = slotOf(item, native);
    const candidate = offers.candidate(item.name, slot);
    const text = `${item.name} ${item.version}`;
    for (const offer of [candidate, candidateFor(item, offers)])
      if (offer !== undefined) seeds.push({ offer, because: { kind: 'installed', text } });
    const kept = closure.keepInstalled ? offers.exact(item.name, slot, item.version) : undefined;
    if (kept !== undefined) seeds.push({ offer: kept, because: { kind: 'kept', text } });
  }
  for (const item of possible) {
    const offer = candidateFor(item, offers);
    const text = `${item.name} ${item.version}`;
    if (offer !== undefined) seeds.push({ offer, because: { kind: 'stage', text } });
  }
  // An upgrade installs missing essential packages.
  for (const offer of offers.candidates()) {
    if (offer.relations.essential !== true || slotOf(offer, native) !== native) continue;
    seeds.push({ offer, because: { kind: 'essential', text: offer.name } });
  }
  const all = [...seeds, ...asked];
  const selection = solver.select(all, hostOfInventory(inventory.packages, offers));
  if (possible.length === 0) return selection;
  const fuller = solver.select(all, hostOfInventory([...inventory.packages, ...possible], offers));
  for (const [key, taken] of fuller) if (!selection.has(key)) selection.set(key, taken);
  return selection;
}

/** Returns essential, required and important packages, and their dependencies. */
function bareSystem(offers: Offers): Offer[] {
  const native = offers.nativeArchitecture;
  const seeds = offers
    .candidates()
    .filter(({ relations }) => relations.essential === true || isBasic(relations.priority))
    .filter((offer) => slotOf(offer, native) === native)
    .map((offer) => ({ offer, because: { kind: 'bare' as const, text: offer.name } }));
  const selection = createSolver(offers, { recommends: false }).select(seeds, emptyHost(offers));
  return [...selection.values()].map(({ offer }) => offer);
}

function isBasic(priority: string | undefined): boolean {
  return priority === 'required' || priority === 'important';
}

/** Returns what `apt-get install NAME` may install: the package, all its providers, or all of a task. */
function namedOffers(name: string, offers: Offers): Offer[] {
  if (name.endsWith('^')) {
    const task = name.slice(0, -1);
    return offers.candidates().filter(({ tasks }) => tasks.includes(task));
  }
  const [plain = '', architecture] = name.split(':');
  const slot = architecture ?? offers.nativeArchitecture;
  const real = offers.candidate(plain, slot);
  if (real !== undefined) return [real];
  return offers
    .providers(plain)
    .map(({ offer }) => offer)
    .filter((offer) => slotOf(offer, offers.nativeArchitecture) === slot);
}
