/** The files that a volume is made of. */
import type { FileHandle } from 'node:fs/promises';
import { openPlainFile } from '../../core/adapters/plain-file.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PlannedEntry } from '../domain/volume-plan.ts';
import { systemErrorCode } from '../../core/adapters/atomic-files.ts';

/** Where an entry's bytes may be: the first of these files that is there is taken. */
export type LocateEntry = (entry: PlannedEntry) => [string, ...string[]];

/** @throws PommgrError `integrity.missing`. The caller closes it. */
export async function openSource(
  entry: PlannedEntry,
  [path, ...others]: ReturnType<LocateEntry>,
): Promise<{ file: FileHandle; path: string }> {
  for (const candidate of [path, ...others]) {
    try {
      return { file: (await openPlainFile(candidate)).file, path: candidate };
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  throw new PommgrError('integrity.missing', `${path} is missing; the baseline needs it as ${entry.name}.`, {
    hints: ['Run "pommgr snapshot --force" to make a new baseline with every file in place.'],
    details: { file: path, sha256: entry.sha256 },
  });
}

/** The error of a file that is not what the baseline says. */
export function changedSource(
  path: string,
  what: 'size' | 'digest',
  { expected, found }: { expected: number | string; found: number | string },
): PommgrError {
  const message =
    what === 'size'
      ? `is ${found} bytes long, expected ${expected}`
      : `has the SHA-256 ${found}, expected ${expected}`;
  return new PommgrError(`integrity.${what}`, `${path} ${message}.`, {
    hints: [
      'The file was changed after the snapshot. "pommgr baseline verify" names every such file.',
      'Run "pommgr snapshot", which fetches it again, then pack the new baseline.',
    ],
    details: { file: path, expected, found },
  });
}
