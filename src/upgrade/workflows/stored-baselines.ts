/** Opens the baselines of a host's store, in the order in which they count. Changes nothing. */
import { locateStore, readStoreState, storedBaselineNames, storeExists } from '../../store/adapters/store.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { openStoredBaseline } from '../../store/workflows/open-stored-baseline.ts';

/** Yields the applied baseline first, then the others from the newest on; nothing where there is no store. */
export async function* storedBaselines(
  root: string,
  named: string | undefined,
): AsyncGenerator<StoredBaseline> {
  const store = await locateStore(root, named);
  if (!(await storeExists(store))) return;
  const state = await readStoreState(store);
  const names = (await storedBaselineNames(store)).toSorted((a, b) => sequenceOf(b) - sequenceOf(a));
  const applied = state.applied?.baseline;
  for (const name of new Set([...(applied === undefined ? [] : [applied]), ...names]))
    yield openStoredBaseline(store, state, name);
}

/** Names are `<track>-<sequence>`. */
function sequenceOf(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}
