/**
 * Adds a second signature to the report of a bundle, where this machine reports the same changes. Invariant: only
 * signatures are written.
 */
import { kindAt, readAt } from '../../core/adapters/files-at.ts';
import { below, pathOf } from '../../core/domain/place.ts';
import { digestsOf } from '../../trust/adapters/signed-files.ts';
import { missingOfRoot, renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { reportsDirectoryName } from '../../medium/domain/medium-layout.ts';
import type { ReportMaker, ReportRequest } from '../domain/report-pack.ts';
import { reportPlace } from '../adapters/medium-approvals.ts';
import { reportFileNames } from '../domain/approval-files.ts';

export interface CoSignReportOptions extends ReportRequest {
  media: string;
  bundle: string;
  keys: readonly SigningKey[];
  maker: ReportMaker | undefined;
  dryRun: boolean;
}

const maxFileBytes = 256 * 1024 * 1024;

/**
 * Returns the name, relative to the medium's top, of the report if it got a signature or would get one; warns where it
 * does not. Nobody's signature is needed for that: every byte is compared. @throws PommgrError `integrity.*`
 */
export async function coSignReport(options: CoSignReportOptions): Promise<string[]> {
  const { media, bundle, keys, maker, dryRun, context } = options;
  const place = reportPlace(media, bundle);
  if ((await kindAt(place.directory)) === undefined) return [];
  const files = new Map<string, Buffer>();
  for (const name of reportFileNames)
    files.set(name, await readAt(below(place.directory, name), maxFileBytes));
  const digests = digestsOf(files);
  const missing = await missingOfRoot(place, digests, keys);
  if (missing.length === 0) return [];
  const others = maker === undefined ? ['everything'] : await maker.compare(files, options);
  if (missing === 'root' || others.length > 0) {
    context.progress.warn(
      `${pathOf(place.directory)} is not what this machine reports (${others.join(', ')}) and gets no signature: hosts that ask for two keys refuse the medium for it.`,
    );
    return [];
  }
  if (!dryRun) await renewSignedRoot(place, digests, keys);
  return [`${reportsDirectoryName}/${bundle}`];
}
