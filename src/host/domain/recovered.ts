/** What became of the work of a run that was interrupted. */
import type { Journal } from '../../store/domain/journal.ts';

/** How an interrupted run was ended. */
export interface Recovered {
  /** What the run was doing, and with which baseline. */
  operation: Journal['operation']['kind'];
  /** Null where none was applied. */
  baseline: string | null;
  outcome: 'finished' | 'undone';
}
