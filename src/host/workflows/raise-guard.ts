/** Puts the guard of a switch in place: from then on apt sees one `applied/<n>` and nothing else of the host. */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { appliedFiles } from '../adapters/applied-directory.ts';
import { writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { guardIsThere, preferencesAround, writeGuard } from '../../apt/adapters/host-apt-files.ts';
import type { Store } from '../../store/adapters/store.ts';

/** An existing guard stays: it belongs to the same switch. */
export async function raiseGuard(
  { store, aptRoot }: { store: Store; aptRoot: AptRoot },
  number: number,
): Promise<void> {
  const { root } = aptRoot;
  if (await guardIsThere(root)) return;
  const files = appliedFiles(store, number);
  const ours = await readPlainText(files.preferences);
  await writeFileAtomic(files.guardPreferences, await preferencesAround(aptRoot, ours));
  await writeGuard(root, {
    sources: pathForApt(aptRoot, files.sources),
    preferences: pathForApt(aptRoot, files.guardPreferences),
  });
}
