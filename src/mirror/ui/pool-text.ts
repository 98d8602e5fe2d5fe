/** Formats the findings in a pool for people. */
import { printableName } from '../../core/domain/printable.ts';
import { formatCount, formatFields, formatFiles } from '../../core/ui/format.ts';

interface Files {
  files: number;
  sizeBytes: number;
}

export function poolGcText(result: {
  outcome: 'removed' | 'planned';
  unlinked: Files;
  unfinishedSnapshots: readonly string[];
  partial: Files;
  strangers: readonly string[];
}): string {
  const lines = [
    formatFields({
      'Files that nothing uses': formatFiles(result.unlinked),
      'Unfinished snapshots': result.unfinishedSnapshots.join(', ') || 'none',
      'Unfinished files': formatFiles(result.partial),
    }),
  ];
  if (result.strangers.length > 0) lines.push('', strangersText(result.strangers));
  lines.push(
    '',
    result.outcome === 'removed' ? 'All of it was removed.' : 'Nothing was changed: this was a dry run.',
  );
  return lines.join('\n');
}

export function poolVerifyText(result: {
  baseDir: string;
  files: number;
  sizeBytes: number;
  broken: readonly { path: string; algorithm: string; expected: string; found: string }[];
  strangers: readonly string[];
}): string {
  const { baseDir, broken, strangers } = result;
  const lines = broken.map(
    ({ path, algorithm, found }) => `changed  ${path}\n         found ${algorithm} ${found}`,
  );
  if (lines.length > 0) lines.push('');
  lines.push(
    broken.length === 0
      ? `The pool in ${baseDir} is intact: ${formatFiles(result)} read.`
      : `The pool in ${baseDir} is broken: ${formatCount(broken.length, 'name')} of ${formatCount(result.files, 'file')} wrong.`,
  );
  if (broken.length > 0) {
    lines.push(
      'Run "pommgr snapshot" to fetch again what was set aside. Baselines that link a damaged file keep it: pack the new one.',
    );
  }
  if (strangers.length > 0) lines.push(strangersText(strangers));
  return lines.join('\n');
}

function strangersText(strangers: readonly string[]): string {
  return `Ignored (not files of the pool): ${strangers.map(printableName).join(', ')}`;
}
