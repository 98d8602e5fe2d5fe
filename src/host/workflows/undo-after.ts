/** Undoing what failed, and what to say when that fails, too. */
import { PommgrError } from '../../core/domain/errors.ts';

/**
 * Calls `undo` after `cause`; `what` failed, as a sentence begins.
 * @throws PommgrError `state.interrupted` when that fails: the journal is there for the next run.
 */
export async function undoAfter(cause: unknown, what: string, undo: () => Promise<void>): Promise<void> {
  try {
    await undo();
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
