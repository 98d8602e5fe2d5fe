/** Reports how Ctrl-C and SIGTERM ended a command: one message, and what the next run does. */
import { PommgrError } from '../domain/errors.ts';

export type EndSignal = 'SIGINT' | 'SIGTERM';

/** Commands that change nothing, or change everything in one step: they exit at the first signal. */
const readOnly = new Set([
  'baseline:diff',
  'baseline:list',
  'baseline:show',
  'baseline:verify',
  'extras:list',
  'host:drift',
  'host:list',
  'mirror:list',
  'mirror:presets',
  'signing-key:list',
  'signing-key:show',
  'status',
  'subscription:status',
  'subscription:steps',
  'verify',
]);

/** Returns whether there is nothing to undo or to finish. */
export function endsAtOnce(commandId: string): boolean {
  return readOnly.has(commandId);
}

/** Printed at the first signal, while the work in progress finishes. */
export const endingText =
  'Interrupted: bringing the work that was begun to a safe end. Press Ctrl-C again to end at once.';

/** Returns the error that the command ends with; `cause` is the error of the work. */
export function interruption(commandId: string, signal: EndSignal, cause?: unknown): PommgrError {
  const how = signal === 'SIGINT' ? 'Interrupted (Ctrl-C, SIGINT).' : 'Terminated (SIGTERM).';
  return new PommgrError(signal === 'SIGINT' ? 'interrupted.signal' : 'interrupted.terminated', how, {
    hints: hintsOf(commandId, cause),
    details: { signal },
    cause,
  });
}

function hintsOf(commandId: string, cause: unknown): string[] {
  // A failed undo is more important than the fact that the work was interrupted.
  const failed = cause instanceof PommgrError && ['state', 'integrity'].includes(cause.family);
  return [...(failed ? [cause.message] : []), nextRun(commandId)];
}

function nextRun(commandId: string): string {
  if (endsAtOnce(commandId)) return 'This command changes nothing. Run it again.';
  switch (commandId) {
    case 'snapshot':
      return 'What was fetched and checked is kept: the same command goes on from there. A baseline exists only when it was completed.';
    case 'pack':
    case 'subscription:pack':
      return 'A bundle counts only once its list is signed: the same command finishes it, or begins it anew.';
    case 'apply':
    case 'rollback':
    case 'detach':
    case 'pin':
    case 'restore':
    case 'subscription:activate':
      return 'The host has what it had before, or all of the new, never a mix: the same command finishes or undoes what was begun ("pommgr doctor" says what there is).';
    default:
      return 'The same command finishes or undoes what was begun.';
  }
}
