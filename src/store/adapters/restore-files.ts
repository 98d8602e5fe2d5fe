/**
 * Stores the files of a restore: its journal `restore.json`, and `restore/` with the sources and preferences that apt
 * reads for it, and lists of its own, so that those of the host stay unchanged.
 */
import { join } from 'node:path';
import { restoreJournalKind, type RestoreJournal } from '../domain/restore-journal.ts';
import type { AptFiles } from '../../apt/adapters/apt.ts';
import { preferencesFileName, sourcesFileName } from '../../apt/adapters/host-apt-files.ts';
import { makeDirectory, removeDurably, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import type { Store } from './store.ts';

/** Returns the restore that is running or was interrupted; undefined when there is none. */
export async function readRestoreJournal(store: Store): Promise<RestoreJournal | undefined> {
  return readJsonFileIfThere(journalPath(store), restoreJournalKind);
}

export async function writeRestoreJournal(store: Store, journal: RestoreJournal): Promise<void> {
  await writeJsonFile(journalPath(store), journal);
}

export async function removeRestoreJournal(store: Store): Promise<void> {
  await removeDurably(journalPath(store));
}

function journalPath(store: Store): string {
  return join(store.directory, 'restore.json');
}

/** Recreates `restore/`, with empty lists. */
export async function writeRestoreFiles(
  store: Store,
  texts: { sources: string; preferences: string },
): Promise<Required<Pick<AptFiles, 'sources' | 'preferences' | 'lists'>>> {
  const directory = restoreDirectory(store);
  await removeDurably(directory);
  const files = {
    sources: join(directory, sourcesFileName),
    preferences: join(directory, preferencesFileName),
    lists: join(directory, 'lists'),
  };
  await makeDirectory(join(files.lists, 'partial'));
  await writeFileAtomic(files.sources, texts.sources);
  await writeFileAtomic(files.preferences, texts.preferences);
  return files;
}

export async function removeRestoreFiles(store: Store): Promise<void> {
  await removeDurably(restoreDirectory(store));
}

/**
 * Directory of `<mirror>/` with what is fetched from another store for a restore; apt reads it instead of that store.
 */
export function fetchedDirectory(store: Store): string {
  return join(restoreDirectory(store), 'fetched');
}

/** Removed when the restore has ended. */
function restoreDirectory({ directory }: Store): string {
  return join(directory, 'restore');
}
