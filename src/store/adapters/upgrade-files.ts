/**
 * Stores the files of a major upgrade: its journal `upgrade.json`, and `upgrade/` with the script that runs apt, its
 * exit code, and the lock that it holds while it runs.
 */
import { join } from 'node:path';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { upgradeJournalKind, upgradeJournalSchema, type UpgradeJournal } from '../domain/upgrade-journal.ts';
import type { Store } from './store.ts';

/** Returns the stage that is begun; undefined when there is none. */
export async function readUpgradeJournal(store: Store): Promise<UpgradeJournal | undefined> {
  return readJsonFileIfThere(journalPath(store), upgradeJournalKind);
}

export async function writeUpgradeJournal(store: Store, journal: UpgradeJournal): Promise<void> {
  await writeJsonFile(journalPath(store), upgradeJournalSchema.parse(journal));
}

/** Also removes what a run of apt left. */
export async function removeUpgradeJournal(store: Store): Promise<void> {
  await removeDurably(upgradeRunFiles(store).directory);
  await removeDurably(journalPath(store));
}

function journalPath({ directory }: Store): string {
  return join(directory, 'upgrade.json');
}

/** Files of a run of apt, which outlives the pommgr that started it. */
export function upgradeRunFiles({ directory }: Store): {
  directory: string;
  script: string;
  exitCode: string;
  lock: string;
} {
  const at = (name: string): string => join(directory, 'upgrade', name);
  return {
    directory: join(directory, 'upgrade'),
    script: at('run.sh'),
    exitCode: at('exit-code'),
    lock: at('lock'),
  };
}
