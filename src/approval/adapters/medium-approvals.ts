/** Finds approvals and reports on a medium: `approvals/<bundle>/`, `reports/<bundle>/`. Nothing here writes. */
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt, readAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import {
  openSignedDirectory,
  type SignedDirectory,
  type SignedPlace,
} from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import { approvalsDirectoryName, reportsDirectoryName } from '../../medium/domain/medium-layout.ts';
import { reportFileNames } from '../domain/approval-files.ts';
import type { StatementSource } from './statement-files.ts';

export function approvalsPlace(media: string, bundle: string): Place {
  return below(topPlace(media), approvalsDirectoryName, bundle);
}

export function reportPlace(media: string, bundle: string): SignedPlace {
  return { kind: 'report', directory: below(topPlace(media), reportsDirectoryName, bundle) };
}

/** @throws PommgrError `integrity.file-type` for something else than a directory. */
export async function approvalsOf(media: string, bundle: string): Promise<StatementSource> {
  const place = approvalsPlace(media, bundle);
  return {
    where: pathOf(place),
    names: (await isThere(place)) ? await namesAt(place) : [],
    read: (name, maxBytes) => readAt(below(place, name), maxBytes),
  };
}

/**
 * Returns undefined where the medium has no report of the bundle. Its files are not read yet.
 * @throws PommgrError `trust.*` and `integrity.*` as every signed directory.
 */
export async function openReport(
  { media, bundle }: { media: string; bundle: string },
  trusted: TrustedKeys,
): Promise<SignedDirectory | undefined> {
  const place = reportPlace(media, bundle);
  if (!(await isThere(place.directory))) return undefined;
  return await openSignedDirectory(place, {
    trusted,
    rotations: below(topPlace(media), rotationsDirectoryName),
    isName: (name) => reportFileNames.includes(name),
    needed: () => reportFileNames,
  });
}

/** Names of the directories in `approvals/` or `reports/`, whatever they are. */
export async function namesBeside(media: string, directoryName: string): Promise<string[]> {
  const place = below(topPlace(media), directoryName);
  return (await isThere(place)) ? await namesAt(place) : [];
}

async function isThere(place: Place): Promise<boolean> {
  const kind = await kindAt(place);
  if (kind !== undefined && kind !== 'directory') throw notADirectory(place);
  return kind === 'directory';
}
