/**
 * Runs every change of a store that takes more than one step. Invariant: the journal exists from before the first step
 * until the change is complete or undone, so that the next run finishes or undoes what a killed run had begun.
 */
import type { Context } from '../../core/domain/progress.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { formatTime } from '../../core/domain/time.ts';
import { removeJournal, writeJournal } from '../adapters/journal.ts';
import type { Store } from '../adapters/store.ts';
import type { Journal } from '../domain/journal.ts';

export interface JournalledChange {
  store: Store;
  operation: Journal['operation'];
  /** Names the change at the beginning of a sentence: `The import of pve9-prod-3`. */
  what: string;
  /** Restores the previous state; a change that the state has recorded already stays, and so does its journal. */
  undo: () => Promise<'undone' | 'committed'>;
  /** An interrupted run leaves its partial result, and its journal, to the next one. */
  isResumable?: boolean;
  context: Context;
}

/**
 * Runs `work`, which calls `begin` before its first step. The journal is removed after the last.
 * @throws what `work` throws, once that is undone; PommgrError `state.interrupted` where it cannot be undone.
 */
export async function withJournal<T>(
  change: JournalledChange,
  work: (begin: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { store, operation, context } = change;
  const begin = async (): Promise<void> => {
    const started = formatTime(context.timestamp());
    await writeJournal(store, { schema: 'pommgr/journal/v1', started, operation });
  };
  try {
    const result = await work(begin);
    await removeJournal(store);
    return result;
  } catch (error) {
    if (change.isResumable !== true || !context.signal.aborted) await undoAfter(error, change);
    throw error;
  }
}

async function undoAfter(cause: unknown, { store, what, undo }: JournalledChange): Promise<void> {
  try {
    if ((await undo()) === 'undone') await removeJournal(store);
  } catch (error) {
    throw new PommgrError(
      'state.interrupted',
      `${what} failed, and could not be undone: ${(error as Error).message}`,
      {
        hints: [
          'Run the same command again: it undoes what was begun. Until then apt works with the old or the new.',
        ],
        details: { undo: String(error), failure: String(cause) },
        cause,
      },
    );
  }
}
