/** Opens the files that a volume is made of. */
import { openPlainNow } from '../../core/adapters/plain-file.ts';
import { digestMismatch, sizeMismatch } from '../../core/domain/mismatch.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PlannedEntry } from '../domain/volume-plan.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';

/** Returns where an entry's bytes may be: the first of these files that exists is used. */
export type LocateEntry = (entry: PlannedEntry) => [string, ...string[]];

/** @throws PommgrError `integrity.missing`. The caller closes the descriptor. */
export function openSource(
  entry: PlannedEntry,
  [path, ...others]: ReturnType<LocateEntry>,
): { fd: number; sizeBytes: number; path: string } {
  for (const candidate of [path, ...others]) {
    try {
      return { ...openPlainNow(candidate), path: candidate };
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  throw new PommgrError('integrity.missing', `${path} is missing; the baseline needs it as ${entry.name}.`, {
    hints: ['Run "pommgr snapshot --force" to make a new baseline with every file in place.'],
    details: { file: path, sha256: entry.sha256 },
  });
}

/** Returns the error for a file that differs from the baseline. */
export function changedSource(
  path: string,
  what: 'size' | 'digest',
  { expected, found }: { expected: number | string; found: number | string },
): PommgrError {
  const hints = [
    'The file was changed after the snapshot. "pommgr baseline verify" names every such file.',
    'Run "pommgr snapshot", which fetches it again, then pack the new baseline.',
  ];
  return what === 'size'
    ? sizeMismatch(path, { expected, found, hints })
    : digestMismatch(path, { expected: String(expected), found: String(found), hints });
}
