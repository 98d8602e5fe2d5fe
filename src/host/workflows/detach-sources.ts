/**
 * Switches from our sources back to the host's own, and back to ours again while that is not committed. Invariant: apt
 * sees only ours until the guard is removed, and only the host's own from then on.
 */
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { appliedFiles, removeAppliedBut, setCurrent } from '../adapters/applied-directory.ts';
import { entryExists, removeDurably } from '../../core/adapters/atomic-files.ts';
import {
  guardIsThere,
  linksInPlace,
  placeLinks,
  removeGuard,
  removeLinks,
  removeLists,
  removeUpgradeGuard,
} from '../../apt/adapters/host-apt-files.ts';
import { removeHostLauncher } from '../../trust/adapters/host-launcher.ts';
import { removeJournal } from '../../store/adapters/journal.ts';
import { removeStore } from '../../store/adapters/store-removal.ts';
import { readUpgradeJournal, removeUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { fileUri } from '../../apt/domain/apt-sources.ts';
import type { DetachOperation } from '../../store/domain/journal.ts';
import { raiseGuard } from './raise-guard.ts';
import { isAside, putBack, renameInRoot, setAside } from './set-aside.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';

/** A detach that the journal names. */
export interface Detach {
  store: Store;
  aptRoot: AptRoot;
  operation: DetachOperation;
}

export async function detachSources(change: Detach): Promise<void> {
  const { aptRoot, operation } = change;
  const { root } = aptRoot;
  if (operation.applied === null) return;
  await raiseGuard(change, operation.applied.number);
  for (const { from, to } of operation.kept) await renameInRoot(root, from, to);
  for (const file of operation.setAside) await putBack(aptRoot, file);
  await removeLinks(root);
  await removeGuard(root);
}

/** Undoes the detach; returns whether apt may have seen the host's own sources. */
export async function undoDetach(change: Detach): Promise<boolean> {
  const { store, aptRoot, operation } = change;
  const { root } = aptRoot;
  if (operation.applied === null) return false;
  const { guardPreferences } = appliedFiles(store, operation.applied.number);
  if (!(await hasBegun(change))) {
    await removeDurably(guardPreferences);
    return false;
  }
  const sawOwn = !(await guardIsThere(root));
  await raiseGuard(change, operation.applied.number);
  await placeLinks(root, pathForApt(aptRoot, store.current));
  for (const file of operation.setAside) await setAside(aptRoot, file);
  for (const { from, to } of operation.kept) {
    if (await entryExists(await entryInRoot(root, to))) await renameInRoot(root, to, from);
  }
  await removeGuard(root);
  await removeDurably(guardPreferences);
  return sawOwn;
}

async function hasBegun({ store, aptRoot, operation }: Detach): Promise<boolean> {
  if (await guardIsThere(aptRoot.root)) return true;
  for (const file of operation.setAside) if (!(await isAside(aptRoot, file))) return true;
  return !(await linksInPlace(aptRoot.root, pathForApt(aptRoot, store.current)));
}

/** Removes our files, once the state says that nothing is applied; the journal last. */
export async function finishDetach({ store, aptRoot, operation }: Detach): Promise<void> {
  const { root } = aptRoot;
  if (await guardIsThere(root)) await removeGuard(root);
  if (await entryExists(store.current)) await setCurrent(store, null);
  await removeAppliedBut(store, null);
  for (const directory of [store.baselines, store.remotes]) {
    await removeLists(root, fileUri(pathForApt(aptRoot, directory)));
  }
  await removeUpgradeGuard(root);
  if ((await readUpgradeJournal(store)) !== undefined) await removeUpgradeJournal(store);
  if (operation.purge) {
    await removeHostLauncher(root);
    await removeStore(store);
  } else await removeJournal(store);
}
