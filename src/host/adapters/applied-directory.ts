/**
 * Manages `applied/<n>/` of a store and `current`, the link that chooses one of them. Invariant: the directory that
 * `current` names is complete.
 */
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  listDirectory,
  makeDirectory,
  removeDurably,
  symlinkAtomic,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import {
  configurationFileName,
  preferencesFileName,
  sourcesFileName,
} from '../../apt/adapters/host-apt-files.ts';
import type { Store } from '../../store/adapters/store.ts';

export const changelogsDirectoryName = 'changelogs';

/** Absolute paths of the contents of `applied/<n>/`. */
export interface AppliedFiles {
  directory: string;
  sources: string;
  preferences: string;
  configuration: string;
  /** Changelogs for `apt-get changelog`, which finds them by the configuration. */
  changelogs: string;
  /** For the guard of a switch: the host's own preferences with ours among them. They exist only while needed. */
  guardPreferences: string;
}

export function appliedFiles(store: Store, number: number): AppliedFiles {
  const directory = join(store.applied, String(number));
  return {
    directory,
    sources: join(directory, sourcesFileName),
    preferences: join(directory, preferencesFileName),
    configuration: join(directory, configurationFileName),
    changelogs: join(directory, changelogsDirectoryName),
    guardPreferences: join(directory, 'guard.pref'),
  };
}

export interface AppliedTexts {
  sources: string;
  preferences: string;
  configuration: string;
}

export async function writeApplied(files: AppliedFiles, texts: AppliedTexts): Promise<void> {
  await makeDirectory(files.directory);
  await writeFileAtomic(files.sources, texts.sources);
  await writeFileAtomic(files.preferences, texts.preferences);
  await writeFileAtomic(files.configuration, texts.configuration);
}

/** Removes every `applied/<n>` but one; null removes all. */
export async function removeAppliedBut(store: Store, number: number | null): Promise<void> {
  for (const name of await listDirectory(store.applied)) {
    if (name !== String(number)) await removeDurably(join(store.applied, name));
  }
}

/** Returns the n that `current` names; null when there is no `current`. */
export async function currentNumber(store: Store): Promise<number | null> {
  let target: string;
  try {
    target = await readlink(store.current);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  const number = /^applied\/([1-9][0-9]*)$/.exec(target)?.[1];
  if (number !== undefined) return Number(number);
  throw new PommgrError(
    'state.store',
    `${store.current} leads to ${JSON.stringify(target)}, expected applied/<number>.`,
    { hints: ['Somebody changed the link. Set it to the highest number there is in applied/.'] },
  );
}

/** Sets `current` by one rename; null removes it. */
export async function setCurrent(store: Store, number: number | null): Promise<void> {
  if (number === null) await removeDurably(store.current);
  else await symlinkAtomic(`applied/${number}`, store.current);
}
