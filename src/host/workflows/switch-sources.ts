/**
 * Switches a host's apt from what it sees to a new `applied/<n>`, and back. Invariant: at each moment apt sees either
 * the old or the new state completely. Where one rename of `current` is not enough, the guard hides the host's own
 * files while they change.
 */
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { appliedFiles, currentNumber, removeAppliedBut, setCurrent } from '../adapters/applied-directory.ts';
import { entryExists, removeDurably } from '../../core/adapters/atomic-files.ts';
import {
  guardIsThere,
  linksInPlace,
  placeLinks,
  removeGuard,
  removeLinks,
  removeLists,
} from '../../apt/adapters/host-apt-files.ts';
import { remoteBaselineDirectory, storedBaselineDirectory, type Store } from '../../store/adapters/store.ts';
import { fileUri } from '../../apt/domain/apt-sources.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import type { SwitchOperation } from '../../store/domain/journal.ts';
import { raiseGuard } from './raise-guard.ts';
import { isAside, putBack, setAside } from './set-aside.ts';

/** A switch that the journal names. */
export interface Switch {
  store: Store;
  aptRoot: AptRoot;
  operation: SwitchOperation;
}

/** From here on apt sees the new state. */
export async function switchSources(change: Switch): Promise<void> {
  const { store, aptRoot, operation } = change;
  if (needsGuard(operation)) await raiseGuard(change, operation.next.number);
  await setCurrent(store, operation.next.number);
  if (!operation.hadLinks) await placeLinks(aptRoot.root, pathForApt(aptRoot, store.current));
  for (const file of operation.setAside) await setAside(aptRoot, file);
  if (needsGuard(operation)) await removeGuard(aptRoot.root);
}

/**
 * Restores the previous state, however far the switch had got, and removes what was prepared for it. Returns whether
 * apt may have seen the new state.
 */
export async function undoSwitch(change: Switch, state: StoreState): Promise<boolean> {
  const { store, aptRoot, operation } = change;
  const { root } = aptRoot;
  const begun = await hasBegun(change);
  if (begun) {
    if (needsGuard(operation)) await raiseGuard(change, operation.next.number);
    for (const file of operation.setAside.toReversed()) await putBack(aptRoot, file);
    if (!operation.hadLinks) await removeLinks(root);
    await setCurrent(store, operation.previousNumber);
    if (needsGuard(operation)) await removeGuard(root);
  }
  await removeDurably(appliedFiles(store, operation.next.number).directory);
  if (state.applied?.baseline !== operation.next.baseline) {
    for (const directoryOf of [storedBaselineDirectory, remoteBaselineDirectory]) {
      const directory = directoryOf(store, operation.next.baseline);
      await removeLists(root, fileUri(pathForApt(aptRoot, directory)));
    }
  }
  return begun;
}

/** Removes what only the switch itself needed. */
export async function finishSwitch({ store, aptRoot, operation }: Switch): Promise<void> {
  if (await guardIsThere(aptRoot.root)) await removeGuard(aptRoot.root);
  const { guardPreferences } = appliedFiles(store, operation.next.number);
  if (await entryExists(guardPreferences)) await removeDurably(guardPreferences);
  await removeAppliedBut(store, operation.next.number);
}

/** Returns whether more than `current` changes. */
function needsGuard({ setAside: files, hadLinks }: SwitchOperation): boolean {
  return files.length > 0 || !hadLinks;
}

async function hasBegun({ store, aptRoot, operation }: Switch): Promise<boolean> {
  if (await guardIsThere(aptRoot.root)) return true;
  if ((await currentNumber(store)) === operation.next.number) return true;
  for (const file of operation.setAside) if (await isAside(aptRoot, file)) return true;
  return !operation.hadLinks && (await linksInPlace(aptRoot.root, pathForApt(aptRoot, store.current)));
}
