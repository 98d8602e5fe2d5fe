/** Stores the target that `--target` named, so that later runs need no flag. */
import { readStoreState, writeStoreState, type Store } from '../../store/adapters/store.ts';

/** The store must be locked. */
export async function rememberTarget(store: Store, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const state = await readStoreState(store);
  if (state.chosenTarget !== name) await writeStoreState(store, { ...state, chosenTarget: name });
}
