/** The outcome of `snapshot` for people. */
import { unchangedText } from './unchanged-text.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { PomChange } from '../../mirror/domain/pom-change.ts';
import { pomChangeLines } from '../../pom/ui/pom-text.ts';
import { closureLine } from '../../closure/ui/closure-text.ts';
import { formatBytes, formatCount, formatFields, formatFiles, formatTable } from '../../core/ui/format.ts';

interface Files {
  files: number;
  sizeBytes: number;
}

/** The shape that the workflow returns. */
export type ShownSnapshot =
  | { outcome: 'unchanged'; baseline: Baseline }
  | {
      outcome: 'planned';
      changes: readonly PomChange[];
      missing: Files;
      freeBytes: number;
      digest: string;
      mirrors: { id: string; packages: number }[];
      packages: Files;
      closures: Parameters<typeof closureLine>[0][];
    }
  | {
      outcome: 'made';
      baseline: Baseline;
      directory: string;
      fetched: Files;
      mirrors: { id: string; packages: number }[];
      packages: Files;
      closures: Parameters<typeof closureLine>[0][];
    };

export function snapshotText(result: ShownSnapshot): string {
  switch (result.outcome) {
    case 'unchanged':
      return unchangedText(result.baseline);
    case 'planned':
      return [
        mirrorTable(result.mirrors),
        '',
        formatFields({
          Packages: formatFiles(result.packages),
          ...closureFields(result.closures),
          'To fetch': `${formatFiles(result.missing)}, of ${formatBytes(result.freeBytes)} free`,
          Digest: result.digest,
        }),
        ...pomChangeLines(result.changes),
        '',
        'Nothing was changed: this was a dry run.',
      ].join('\n');
    case 'made':
      return [
        mirrorTable(result.mirrors),
        '',
        formatFields({
          Baseline: result.baseline.name,
          Digest: result.baseline.digest,
          Packages: formatFiles(result.packages),
          ...closureFields(result.closures),
          Fetched: formatFiles(result.fetched),
          Files: result.directory,
          ...(result.baseline.incomplete === undefined
            ? {}
            : { Incomplete: formatCount(result.baseline.incomplete.length, 'missing part') }),
        }),
      ].join('\n');
  }
}

function closureFields(closures: Parameters<typeof closureLine>[0][]): Record<string, string> {
  return closures.length === 0 ? {} : { Closure: closures.map(closureLine).join('; ') };
}

function mirrorTable(mirrors: readonly { id: string; packages: number }[]): string {
  return formatTable(
    ['MIRROR', 'PACKAGES'],
    mirrors.map(({ id, packages }) => [id, String(packages)]),
  );
}
