/**
 * Selects the packages that a job needs: from its seeds, through Pre-Depends, Depends and Recommends. For a clause it
 * takes every alternative that the host will have; else the first that exists and, where that one cannot be installed
 * beside the rest, the next ones too. Invariant: the same input gives the same packages, in whatever order the seeds
 * come; the choice for a clause depends on the host and never on what else was selected.
 */
import { clauseText, parseClauses, type Clause } from '../../apt/domain/relations.ts';
import type { HostState } from './host-state.ts';
import { offerKey, offersFor, slotOf, type Offer, type Offers } from './offers.ts';

/** Why a package is selected: because of the job itself, or because another one needs it. */
export type Because =
  | { kind: 'installed' | 'stage' | 'essential' | 'bare' | 'install' | 'also' | 'kept'; text: string }
  | { kind: 'pre-depends' | 'depends' | 'recommends'; text: string; of: Offer };

export interface Seed {
  offer: Offer;
  because: Because;
}

/** By `offerKey`; each with the first reason that was found, by breadth. */
export type Selection = Map<string, { offer: Offer; because: Because }>;

export interface Solver {
  /** Returns everything that the seeds need on this host. */
  select(seeds: readonly Seed[], host: HostState): Selection;
}

/** `recommends`: whether apt installs recommended packages, as it does by default. */
export function createSolver(offers: Offers, { recommends }: { recommends: boolean }): Solver {
  const native = offers.nativeArchitecture;
  const needs = new Map<string, Need[]>();
  const uninstallable = findUninstallable(offers);

  return {
    select(seeds, host) {
      const selected: Selection = new Map();
      const queue: Offer[] = [];
      const take = (offer: Offer, because: Because): void => {
        const key = offerKey(offer);
        if (selected.has(key)) return;
        selected.set(key, { offer, because });
        queue.push(offer);
      };
      for (const { offer, because } of seeds) take(offer, because);
      // The queue grows while it is read.
      for (const offer of queue) {
        for (const { kind, clause } of needsOf(offer)) {
          for (const chosen of choose(clause, offer, host))
            take(chosen, { kind, text: clauseText(clause), of: offer });
        }
      }
      return selected;
    },
  };

  function choose(clause: Clause, of: Offer, host: HostState): Offer[] {
    const wanter = slotOf(of, native);
    const held = clause.flatMap((alternative) => host.satisfying(alternative, wanter));
    if (held.length > 0) return held.flatMap(({ offer }) => offer ?? []);
    const chosen: Offer[] = [];
    for (const alternative of clause) {
      const found = offersFor(offers, alternative, wanter);
      chosen.push(...found);
      if (found.some((offer) => !uninstallable.has(offer) && !host.hinders(offer))) break;
    }
    return chosen;
  }

  function needsOf(offer: Offer): Need[] {
    const key = offerKey(offer);
    const known = needs.get(key);
    if (known !== undefined) return known;
    const { preDepends, depends, recommends: recommended } = offer.relations;
    const found: Need[] = [
      ...parseClauses(preDepends).map((clause) => ({ kind: 'pre-depends' as const, clause })),
      ...parseClauses(depends).map((clause) => ({ kind: 'depends' as const, clause })),
      ...(recommends ? parseClauses(recommended) : []).map((clause) => ({
        kind: 'recommends' as const,
        clause,
      })),
    ];
    needs.set(key, found);
    return found;
  }
}

interface Need {
  kind: 'pre-depends' | 'depends' | 'recommends';
  clause: Clause;
}

/**
 * Returns the candidates that lack a dependency in every possible way: the largest such set that does not depend on
 * itself, so that a loop of packages counts as installable.
 */
function findUninstallable(offers: Offers): ReadonlySet<Offer> {
  const found = new Set<Offer>();
  const lacks = (offer: Offer): boolean => {
    const wanter = slotOf(offer, offers.nativeArchitecture);
    const { preDepends, depends } = offer.relations;
    return [...parseClauses(preDepends), ...parseClauses(depends)].some(
      (clause) =>
        !clause.some((alternative) => offersFor(offers, alternative, wanter).some((one) => !found.has(one))),
    );
  };
  let before = -1;
  while (before !== found.size) {
    before = found.size;
    for (const offer of offers.candidates()) if (!found.has(offer) && lacks(offer)) found.add(offer);
  }
  return found;
}
