/**
 * Reduces the mirrors' package lists to the closures of the targets, between indices and fetching, and lets apt judge
 * the result. It depends only on the mirrors, the locks and the config, never on apt.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withDir } from 'tmp-promise';
import { thinMirrors, type Target } from '../../apt/domain/target.ts';
import type { Inventory } from '../../apt/domain/inventory.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { IndexedMirror, PackageListPart } from '../../mirror/workflows/indexed-mirror.ts';
import type { IndexPlace } from '../../mirror/workflows/steps.ts';
import type { HostClosure } from '../domain/closure-jobs.ts';
import type { ClosureList } from '../domain/closure-list.ts';
import type { TargetProof } from '../domain/lock-proof.ts';
import { offerKey, type Offer } from '../domain/offers.ts';
import { placeIndices } from './place-indices.ts';
import { proveTarget } from './prove-target.ts';
import type { Leavings } from './open-court.ts';
import type { PlacedMirror } from './read-target-offers.ts';
import { selectTarget, type ClosedTarget, type ClosureTools, type NativeSelection } from './select-target.ts';
import { writeThinList } from './write-thin-list.ts';

/** Contents of the closures of some targets, which apt has accepted. */
export interface ClosedTargets {
  proofs: TargetProof[];
  /** What each closed target sees. */
  list: ClosureList;
  /** The packages that each target promises: those of its config and accepted wishes that a mirror has. Sorted. */
  promised: ReadonlyMap<string, NonNullable<Target['closure']>>;
  /** By target. */
  selections: { target: string; closures: HostClosure[] }[];
}

export interface TakenClosure extends ClosedTargets {
  mirrors: IndexedMirror[];
}

/**
 * @throws PommgrError `config.closure` for a name to install that no mirror has; `integrity.closure` where apt would
 *   do something else with the thin baseline than with the whole mirrors.
 */
export async function takeClosure(
  mirrors: readonly IndexedMirror[],
  from: { closed: readonly ClosedTarget[]; targets: readonly Target[]; place: IndexPlace },
  tools: ClosureTools,
): Promise<TakenClosure> {
  return withDir(
    async ({ path }) => {
      const placed = await placeMirrors(mirrors, from.place, path);
      const { thinLists, ...closed } = await closeTargets(
        placed,
        { closed: from.closed, directory: path },
        tools,
      );
      const thin = thinMirrors(from.targets);
      const left = mirrors.map((mirror) => {
        const packages = thin.has(mirror.mirror.id) ? thinLists.get(mirror.mirror.id) : undefined;
        return packages === undefined ? mirror : mirror.narrowed(packages);
      });
      return { ...closed, mirrors: left };
    },
    { prefix: 'pommgr-', unsafeCleanup: true },
  );
}

/**
 * Works like `takeClosure` for mirrors in a directory; `directory` is a temporary one. Also returns the thin list of
 * each.
 */
export async function closeTargets(
  placed: readonly PlacedMirror[],
  from: { closed: readonly ClosedTarget[]; directory: string },
  tools: ClosureTools,
): Promise<ClosedTargets & { thinLists: ReadonlyMap<string, PackageListPart> }> {
  const selected: { closed: ClosedTarget; natives: NativeSelection[] }[] = [];
  for (const closed of from.closed) {
    tools.context.progress.step(`Selecting the packages of target ${closed.target.name}`);
    const { stage } = closed;
    const before = selected.find((one) => one.closed.target.name === stage?.before?.name)?.natives ?? [];
    const natives = await selectTarget(closed, { placed, before }, tools);
    selected.push({ closed: withoutUnmet(closed, natives), natives });
  }
  const thinLists = new Map<string, PackageListPart>();
  const list = new Map<string, string[]>();
  for (const { mirror } of placed) {
    const kept = new Map<string, Offer[]>();
    for (const { closed, natives } of selected)
      if (closed.target.mirrors.includes(mirror.mirror.id))
        kept.set(closed.target.name, natives.flatMap(keptOffers));
    const { workDirectory } = tools;
    thinLists.set(mirror.mirror.id, await writeThinList(mirror, { kept, list, workDirectory }));
  }
  const proofs: TargetProof[] = [];
  const leavings = new Map<string, Leavings>();
  for (const { closed, natives } of selected) {
    const directory = join(from.directory, `judge-${closed.target.name}`);
    await mkdir(directory);
    const before = leavings.get(closed.stage?.before?.name ?? '') ?? new Map<string, Inventory>();
    const input = { natives, before, whole: placed, list, thinLists, directory };
    const { proof, left } = await proveTarget(closed, input, tools);
    proofs.push(proof);
    leavings.set(closed.target.name, left);
  }
  return {
    proofs,
    list,
    thinLists,
    promised: new Map(
      selected.map(({ closed: { target, closure } }) => {
        const { install, recommends } = closure;
        return [target.name, { install: install.toSorted(compareText), recommends }];
      }),
    ),
    selections: selected.map(({ closed, natives }) => ({
      target: closed.target.name,
      closures: natives.flatMap(({ closures }) => closures),
    })),
  };
}

/** Names that no mirror has are not judged either. */
function withoutUnmet(closed: ClosedTarget, natives: readonly NativeSelection[]): ClosedTarget {
  const unmet = new Set(natives.flatMap(({ unknown }) => unknown));
  const install = closed.closure.install.filter((name) => !unmet.has(name));
  return { ...closed, closure: { ...closed.closure, install } };
}

async function placeMirrors(
  mirrors: readonly IndexedMirror[],
  place: IndexPlace,
  directory: string,
): Promise<PlacedMirror[]> {
  const placed: PlacedMirror[] = [];
  for (const mirror of mirrors) {
    if ('directoryOf' in place) {
      placed.push({ mirror, directory: place.directoryOf(mirror) });
      continue;
    }
    const own = join(directory, 'mirrors', mirror.mirror.id);
    await placeIndices(mirror, place.pool, own);
    placed.push({ mirror, directory: own });
  }
  return placed;
}

/** Returns all offers of all closures, each once. */
function keptOffers({ closures }: NativeSelection): Offer[] {
  const kept = new Map<string, Offer>();
  for (const { selection } of closures)
    for (const { offer } of selection.values()) kept.set(offerKey(offer), offer);
  return [...kept.values()];
}
