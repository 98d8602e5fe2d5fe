/** The outcome of `doctor` for people. */
import type { CheckName, DoctorCheck, DoctorReport } from '../domain/doctor-report.ts';
import { operationText } from '../../store/domain/journal.ts';
import { formatCount, formatFields } from '../../core/ui/format.ts';

const titles: Record<CheckName, string> = {
  work: 'Interrupted work',
  apt: 'What apt sees',
  sources: 'Other APT sources',
  store: 'Stored files',
  clock: 'Clock',
  keys: 'Signing keys',
  approvals: 'Approvals',
  launcher: 'Medium launcher',
  audit: 'Audit log',
};

/** More lines about a disk that lost much would not help. */
const shownProblems = 20;

export function doctorText({ checks, recovered, applied, store, deep }: DoctorReport): string {
  const wrong = checks.filter(({ problems }) => problems.length > 0);
  return [
    wrong.length === 0 ? 'Everything is right.' : 'Something is wrong.',
    formatFields({ Store: store, Applied: applied ?? 'none' }),
    ...(recovered === null
      ? []
      : [`Ended: ${operationText(recovered.operation, recovered.baseline)} was ${recovered.outcome}.`]),
    formatFields(Object.fromEntries(checks.map((check) => [titles[check.name], summary(check, deep)]))),
    ...wrong.flatMap(({ name, problems }) => [
      '',
      `${titles[name]}:`,
      ...problems.slice(0, shownProblems).flatMap(({ what, hint }) => [`  ${what}`, `    -> ${hint}`]),
      ...(problems.length > shownProblems ? [`  … and ${problems.length - shownProblems} more`] : []),
    ]),
  ].join('\n');
}

function summary({ name, problems }: DoctorCheck, deep: boolean): string {
  if (problems.length > 0) return formatCount(problems.length, 'problem');
  return name === 'store' && !deep ? 'all there; "--deep" reads them, too' : 'right';
}
