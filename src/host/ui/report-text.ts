/** Formats the report that a host wrote, for people. */
import { formatFields } from '../../core/ui/format.ts';
import type { Wish } from '../../hosts/domain/wish.ts';

export function hostReportText(report: {
  file: string;
  hostFingerprint: string;
  wishes: readonly Wish[];
}): string {
  return formatFields({
    Report: report.file,
    'Signed by': report.hostFingerprint,
    Wishes: report.wishes.map((wish) => wish.package).join(', ') || 'none',
  });
}
