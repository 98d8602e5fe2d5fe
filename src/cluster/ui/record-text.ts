/** Formats the records of rollouts for people. */
import { formatTable } from '../../core/ui/format.ts';
import type { RecordGap, RolloutRecord } from '../../hosts/domain/rollout-record.ts';

export function recordText(report: {
  records: readonly RolloutRecord[];
  copied: { directory: string; entries: number } | null;
}): string {
  const { records, copied } = report;
  return [
    ...(records.length === 0 ? ['This host has recorded no rollout.'] : records.map(oneRecord)),
    ...(copied === null ? [] : [`Copied to ${copied.directory}: ${copied.entries} entries.`]),
  ].join('\n\n');
}

function oneRecord({ rollout, owners, entries, gaps }: RolloutRecord): string {
  const rows = entries.map(({ entry }) => [
    ...[String(entry.number), entry.time, entry.node ?? '-', entry.step],
    ...[entry.owner, entry.host.name, entry.logs.length === 0 ? '-' : String(entry.logs.length)],
  ]);
  return [
    `Rollout ${rollout}, held by ${owners.join(', then ')}.`,
    formatTable(['ENTRY', 'TIME', 'NODE', 'STEP', 'OWNER', 'JUDGED ON', 'LOGS'], rows, {
      ...{ lead: ['ENTRY', 'NODE', 'STEP'], optional: ['LOGS', 'JUDGED ON'] },
    }),
    ...gaps.map(gapText),
  ].join('\n');
}

function gapText(gap: RecordGap): string {
  return gap.kind === 'missing'
    ? `Entry ${gap.number} is not here: another host judged it.`
    : `Entry ${gap.number} of ${gap.host} was not carried out: its run was killed.`;
}
