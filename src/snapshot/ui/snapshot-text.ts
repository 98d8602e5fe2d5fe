/** Formats the outcome of `snapshot` for people. */
import { unchangedText } from './unchanged-text.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { PomChange } from '../../mirror/domain/pom-change.ts';
import { pomChangeLines } from '../../pom/ui/pom-text.ts';
import { closureLine } from '../../closure/ui/closure-text.ts';
import { savedSpaceText } from '../../closure/ui/saved-space-text.ts';
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
      engine: 'builtin' | 'pom';
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
          ...closureFields(result.closures, result.engine),
          'To fetch': toFetchText(result),
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
          ...closureFields(result.closures, result.baseline.engine.name),
          Fetched: formatFiles(result.fetched),
          Files: result.directory,
          ...(result.baseline.incomplete === undefined
            ? {}
            : { Incomplete: formatCount(result.baseline.incomplete.length, 'missing part') }),
        }),
      ].join('\n');
  }
}

/** `23 files, needs 1.4 GB of 61 GB free` */
function toFetchText({ missing, freeBytes }: { missing: Files; freeBytes: number }): string {
  return `${formatCount(missing.files, 'file')}, needs ${formatBytes(missing.sizeBytes)} of ${formatBytes(freeBytes)} free`;
}

function closureFields(
  closures: Parameters<typeof closureLine>[0][],
  engine: 'builtin' | 'pom',
): Record<string, string> {
  if (closures.length === 0) return {};
  const names = closures.map(({ target }) => target);
  return { Closure: closures.map(closureLine).join('; '), Thin: savedSpaceText(engine, names) };
}

function mirrorTable(mirrors: readonly { id: string; packages: number }[]): string {
  return formatTable(
    ['MIRROR', 'PACKAGES'],
    mirrors.map(({ id, packages }) => [id, String(packages)]),
  );
}
