/** Decides whether a host is ready for the change of its release, from its check and what the operator accepted. Pure. */
import { PommgrError } from '../../core/domain/errors.ts';
import type { CheckReport, CheckResult } from './checks/check-report.ts';

/** Returns the findings that stand in the way: what failed and what is not known. */
function openFindings({ checks }: CheckReport): CheckResult[] {
  return checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
}

/**
 * Returns the ids that were accepted and that stand in the way, sorted: what the audit log records.
 * @throws PommgrError `refused.check` with every finding that is left, `usage.finding` for an id that is none.
 */
export function admitCheck(report: CheckReport, accept: readonly string[]): string[] {
  const unknown = accept.find((id) => !report.checks.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw new PommgrError('usage.finding', `There is no finding ${unknown}.`, {
      hints: ['"pommgr upgrade-release check" names the findings of this host, each with its id.'],
      details: { found: unknown, expected: report.checks.map(({ id }) => id) },
    });
  }
  if (report.checks.length === 0) {
    throw new PommgrError('refused.check', 'The check looked at nothing on this host.');
  }
  const open = openFindings(report);
  const left = open.filter(({ id }) => !accept.includes(id));
  if (left.length === 0) return open.map(({ id }) => id).toSorted();
  const lines = left.map(({ id, verdict, seen }) => `  ${id} (${verdict}): ${seen}`);
  throw new PommgrError(
    'refused.check',
    [`${report.hostName} is not ready for ${report.to}:`, ...lines].join('\n'),
    {
      hints: [
        '"pommgr upgrade-release check" says what to do about each.',
        'What you have judged yourself is accepted with --accept ID, once for each; the audit log records it.',
      ],
      details: { findings: left },
    },
  );
}
