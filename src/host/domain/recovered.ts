/** Describes what became of an interrupted run. */
import type { Journal } from '../../store/domain/journal.ts';

/** How an interrupted run was resolved. */
export interface Recovered {
  /** Operation of the run, and its baseline. */
  operation: Journal['operation']['kind'];
  /** Null where none was applied. */
  baseline: string | null;
  outcome: 'finished' | 'undone';
}
