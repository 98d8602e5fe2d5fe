/** Formats the outcome of `restore` for people. */
import type { RestoreReport } from '../domain/restore-report.ts';
import { formatFields, formatTable } from '../../core/ui/format.ts';
import { planRows } from '../../apt/ui/upgrade-plan-text.ts';

/** `given`: the decisions that were made already, by flags. */
export function restoreText(report: RestoreReport, given: RestoreReport['decisions'] = []): string {
  const { plan, heldChanged, foreign, unavailable, tool, identity, differences } = report;
  const decisions = report.decisions.filter((decision) => !given.includes(decision));
  const rows = planRows(plan);
  const parts = [
    headline(report),
    ...(rows.length === 0
      ? []
      : [formatTable(['STEP', 'PACKAGE', 'FROM', 'TO'], rows, { lead: ['STEP', 'PACKAGE'] })]),
    ...(report.outcome === 'would-restore' && decisions.length > 0
      ? [`It needs ${decisions.map((decision) => `--${decision}`).join(' ')}.`]
      : []),
    ...listOf('Held, and changed all the same (the hold stays):', heldChanged),
    ...listOf(
      'Foreign: no baseline knows them.',
      foreign.map(({ name, architecture, version }) => `${name}:${architecture} ${version}`),
    ),
    ...listOf(
      'In the lock, but in no baseline here. Install them by hand:',
      unavailable.map(
        ({ name, architecture, version, installed }) =>
          `${name}:${architecture} ${version}, installed: ${installed ?? 'none'}`,
      ),
    ),
    ...(tool === null ? [] : [`pommgr ${tool.version} is from the runtime on ${tool.media}.`]),
    ...(tool === null && unavailable.some(({ name }) => name === 'pommgr')
      ? ['pommgr itself travels on media: run the same command again with --media DIR.']
      : []),
    ...listOf(
      'Identity:',
      identity.map(({ path, outcome, beside }) =>
        beside === null ? `${path} (${outcome})` : `${path} (${outcome}, at ${beside})`,
      ),
    ),
    ...(identity.some(({ beside }) => beside !== null)
      ? [
          'What lies beside is not in its place, for disks and cluster may be others now: the rebuild sheet says what to do with it.',
        ]
      : []),
    ...listOf(
      'Still not as wanted:',
      differences.map(
        (item) =>
          `${item.package}: ${item.kind}, expected ${item.expected ?? 'none'}, found ${item.found ?? 'none'}`,
      ),
    ),
  ];
  return parts.join('\n');
}

function headline({ outcome, baseline, lock, applied, differences, unavailable }: RestoreReport): string {
  const goal = lock === null ? baseline.name : `the lock ${lock}`;
  const fields = formatFields({
    Baseline: baseline.name,
    Digest: baseline.digest,
    'Seen by apt': applied ?? '-',
  });
  const count = differences.length;
  const rest =
    unavailable.length === 0 ? '' : ` ${unavailable.length} of its packages are in no baseline; see below.`;
  switch (outcome) {
    case 'restored':
      return count === 0
        ? `Restored: the packages are ${exactly(unavailable)} ${goal}.${rest}\n${fields}`
        : `Not all of ${goal} could be restored: ${count} differences.\n${fields}`;
    case 'unchanged':
      return count === 0
        ? `The packages are ${exactly(unavailable)} ${goal} already.${rest}\n${fields}`
        : `Nothing more of ${goal} can be restored: ${count} differences.\n${fields}`;
    case 'would-restore':
      return `Would restore ${goal}. Nothing was changed: this was a dry run.\n${fields}`;
  }
}

function exactly(unavailable: RestoreReport['unavailable']): string {
  return unavailable.length === 0 ? 'exactly those of' : 'all that a baseline holds of';
}

function listOf(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}
