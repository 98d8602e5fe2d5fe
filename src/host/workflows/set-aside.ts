/**
 * Hides other sources from apt and puts them back, byte for byte. Invariant: both are idempotent, so that an
 * interrupted switch can be undone.
 */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { entryExists, renameDurably } from '../../core/adapters/atomic-files.ts';
import { addDiversion, conffileOwner, removeDiversion } from '../../apt/adapters/dpkg.ts';
import { disabledSuffix, listOtherSources } from '../../apt/adapters/host-apt-files.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import type { SetAside } from '../../store/domain/store-state.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';

/** Returns what must be set aside now; `known` is what is set aside already. */
export async function planSetAside(aptRoot: AptRoot, known: readonly SetAside[]): Promise<SetAside[]> {
  const planned: SetAside[] = [];
  for (const path of await listOtherSources(aptRoot)) {
    const isAside = known.some((other) => other.path === path);
    const isConffile = !isAside && (await conffileOwner(aptRoot, path)) !== undefined;
    planned.push({
      path,
      disabledPath: await freeDisabledPath(aptRoot.root, path),
      method: isConffile ? 'divert' : 'rename',
      sha256: sha256Hex(await readPlainFile(await entryInRoot(aptRoot.root, path))),
    });
  }
  return planned;
}

/** A file of the same name may have been set aside before. */
async function freeDisabledPath(root: string, path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const disabled = `${path}${number === 1 ? '' : `.${number}`}${disabledSuffix}`;
    if (!(await entryExists(await entryInRoot(root, disabled)))) return disabled;
  }
}

export async function setAside(aptRoot: AptRoot, file: SetAside): Promise<void> {
  if (file.method === 'divert') await addDiversion(aptRoot, file.path, file.disabledPath);
  else if (!(await isAside(aptRoot, file))) {
    await renameInRoot(aptRoot.root, file.path, file.disabledPath);
  }
}

export async function putBack(aptRoot: AptRoot, file: SetAside): Promise<void> {
  if (file.method === 'divert') await removeDiversion(aptRoot, file.path, file.disabledPath);
  else if (await isAside(aptRoot, file)) {
    await renameInRoot(aptRoot.root, file.disabledPath, file.path);
  }
}

export async function isAside(aptRoot: AptRoot, file: SetAside): Promise<boolean> {
  return entryExists(await entryInRoot(aptRoot.root, file.disabledPath));
}

/** Both are the root's own paths. */
export async function renameInRoot(root: string, from: string, to: string): Promise<void> {
  await renameDurably(await entryInRoot(root, from), await entryInRoot(root, to));
}
