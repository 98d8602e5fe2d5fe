/** Opens a host's major upgrade: the baseline of its store, the way in it, and where the host is. Changes nothing. */
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { hostKind, type Host } from '../../apt/domain/host.ts';
import { stagesOf, type Stage, type UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readStoreState, storedBaselineNames, type Store } from '../../store/adapters/store.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { readUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type { UpgradeJournal } from '../../store/domain/upgrade-journal.ts';
import { openStoredBaseline } from '../../store/workflows/open-stored-baseline.ts';
import { chooseWay } from '../domain/way-choice.ts';
import { positionOf, type Position } from '../domain/position.ts';
import { readPositionFacts } from './read-position-facts.ts';

export interface Upgrade {
  aptRoot: AptRoot;
  store: Store;
  state: StoreState;
  host: Host;
  stored: StoredBaseline;
  way: UpgradeWay;
  stages: Stage[];
  /** The stage that is begun; undefined for none. */
  journal: UpgradeJournal | undefined;
  position: Position;
}

export interface OpenUpgradeOptions {
  root: string;
  store: Store;
  /** A baseline of the store. Default: the applied one, or the newest where none is applied. */
  baseline?: string | undefined;
  /** Name of the way, where several fit. */
  way?: string | undefined;
}

/**
 * @throws PommgrError `state.baseline` for a store without a baseline, `state.upgrade` where the baseline has no way for
 *   this host, `usage.root` for a root without an apt of its own.
 */
export async function openUpgrade({ root, store, ...wanted }: OpenUpgradeOptions): Promise<Upgrade> {
  const aptRoot = await openAptRoot(root);
  if (aptRoot.kind === 'outside') throw noAptInside(root);
  const state = await readStoreState(store);
  const stored = await openStoredBaseline(
    store,
    state,
    wanted.baseline ?? (await defaultBaseline(store, state)),
  );
  const { baseline, shares } = stored;
  const host = hostKind(await hostFacts(aptRoot));
  const applied = state.applied?.baseline === baseline.name ? state.applied.target : null;
  const way = chooseWay(baseline.content.upgrades ?? [], {
    ...{ host, applied, targets: shares.targets, baseline: baseline.name },
    name: wanted.way,
  });
  const stages = stagesOf(way, shares.targets);
  const facts = await readPositionFacts(stored, { aptRoot, host, stages, applied });
  return {
    ...{ aptRoot, store, state, host, stored, way, stages },
    journal: await readUpgradeJournal(store),
    position: positionOf(facts),
  };
}

async function defaultBaseline(store: Store, { applied }: StoreState): Promise<string> {
  if (applied !== null) return applied.baseline;
  const newest = (await storedBaselineNames(store)).toSorted(bySequence).at(-1);
  if (newest !== undefined) return newest;
  throw new PommgrError('state.baseline', `There is no baseline in the store ${store.directory}.`, {
    hints: ['Bring one with "pommgr apply --media DIR".'],
    details: { store: store.directory },
  });
}

/** `<track>-<sequence>`. */
function bySequence(a: string, b: string): number {
  const sequence = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
  return sequence(a) - sequence(b);
}

function noAptInside(root: string): PommgrError {
  return new PommgrError('usage.root', `There is no apt in ${root}: expected a whole Debian system.`, {
    hints: ["An upgrade works on this machine or on the root of another system, with that system's own apt."],
    details: { root },
  });
}
