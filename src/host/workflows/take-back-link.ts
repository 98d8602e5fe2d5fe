/**
 * Restores our link among the host's sources where the products' web interface has replaced it by a file: switching an
 * entry off or on there rewrites the list. Such a file is recognised by its entries; any other file in that place is
 * foreign.
 */
import { readPlainFile, readPlainText } from '../../core/adapters/plain-file.ts';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { replacedSuffix, sourcesFileName, sourcesPath } from '../../apt/adapters/host-apt-files.ts';
import { parseSources, type SourceEntry } from '../../apt/domain/apt-sources.ts';
import { sameSources } from '../../apt/domain/same-sources.ts';
import { symlinkAtomic, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { ReplacedSources } from '../domain/status.ts';
import type { Store } from '../../store/adapters/store.ts';

export interface LinkPlace {
  store: Store;
  aptRoot: AptRoot;
}

/**
 * Returns the file that replaced our link and has the applied entries; undefined for the link, and for any other file.
 */
export async function findReplacedSources({
  store,
  aptRoot,
}: LinkPlace): Promise<ReplacedSources | undefined> {
  const place = await entryInRoot(aptRoot.root, sourcesPath);
  if (!(await isRegularFile(place))) return undefined;
  const found = await entriesOf(place);
  const applied = await entriesOf(join(store.current, sourcesFileName));
  if (found === undefined || applied === undefined || !sameSources(found, applied)) return undefined;
  return {
    path: sourcesPath,
    disabled: found.filter(({ enabled }) => !enabled).flatMap(({ uris }) => uris),
  };
}

/** Puts the link back in one rename; the file is kept beside it. Returns what it found. */
export async function takeBackLink(
  at: LinkPlace,
  { progress }: Pick<Context, 'progress'>,
): Promise<ReplacedSources | undefined> {
  const replaced = await findReplacedSources(at);
  if (replaced === undefined) return undefined;
  const { store, aptRoot } = at;
  const place = await entryInRoot(aptRoot.root, sourcesPath);
  await writeFileAtomic(`${place}${replacedSuffix}`, await readPlainFile(place));
  await symlinkAtomic(pathForApt(aptRoot, join(store.current, sourcesFileName)), place);
  progress.note(
    `${replaced.path} had been replaced, as the web interface does when an entry is switched off or on. It is a link to the store again; the file is kept as ${replaced.path}${replacedSuffix}.`,
  );
  return replaced;
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Returns undefined for a missing file, and for one that is no source list: then it is not ours. */
async function entriesOf(path: string): Promise<SourceEntry[] | undefined> {
  try {
    return parseSources(await readPlainText(path), { file: path, format: 'deb822' });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (error instanceof PommgrError && error.code === 'config.apt-sources') return undefined;
    throw error;
  }
}
