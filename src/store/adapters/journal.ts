/** Stores `journal.json`: written before the first change of an operation, removed after the last. */
import { journalKind, type Journal } from '../domain/journal.ts';
import { pathExists, removeDurably } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import type { Store } from './store.ts';

/** Returns what an earlier run left unfinished; undefined when there is nothing. */
export async function readJournal(store: Store): Promise<Journal | undefined> {
  return readJsonFileIfThere(store.journal, journalKind);
}

/** A journal that the next run could not read is not written. */
export async function writeJournal(store: Store, journal: Journal): Promise<void> {
  await writeJsonFile(store.journal, journalKind.schema.parse(journal));
}

/** There is no journal where a check failed before the first change, or where the whole store was removed. */
export async function removeJournal(store: Store): Promise<void> {
  if (await pathExists(store.journal)) await removeDurably(store.journal);
}
