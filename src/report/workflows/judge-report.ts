/** Answers `report --fail-on`: which of the conditions of a script a report meets. */
import type { Context } from '../../core/domain/progress.ts';
import { metConditions, type MetCondition } from '../domain/fail-on.ts';
import type { Report } from '../domain/report.ts';

/** Returns the conditions that are met, and warns of each. */
export function judgeReport(
  report: Report,
  { conditions, context }: { conditions: readonly string[]; context: Context },
): MetCondition[] {
  const met = metConditions(report, conditions);
  for (const { condition, reasons } of met)
    for (const reason of reasons) context.progress.warn(`${condition}: ${reason}.`);
  return met;
}
