/**
 * Adds a second signature to the report of a bundle, where this machine reports the same changes. Invariant: only
 * signatures are written.
 */
import { pathOf } from '../../core/domain/place.ts';
import { readSignedFile } from '../../trust/adapters/signed-directory.ts';
import { missingOfRoot, renewSignedRoot } from '../../trust/adapters/signed-directory-writer.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { reportsDirectoryName } from '../../medium/domain/medium-layout.ts';
import type { ReportMaker, ReportRequest } from '../domain/report-pack.ts';
import { openReport, reportPlace } from '../adapters/medium-approvals.ts';

export interface CoSignReportOptions extends ReportRequest {
  media: string;
  bundle: string;
  keys: readonly SigningKey[];
  /** Where the machine's trusted keys are. */
  root: string | undefined;
  maker: ReportMaker | undefined;
  dryRun: boolean;
}

const maxFileBytes = 256 * 1024 * 1024;

/**
 * Returns the name, relative to the medium's top, of the report if it got a signature or would get one; warns where it
 * does not. @throws PommgrError `integrity.*`, `trust.*` for a report that is not as it was signed.
 */
export async function coSignReport(options: CoSignReportOptions): Promise<string[]> {
  const { media, bundle, keys, maker, dryRun, context } = options;
  const place = reportPlace(media, bundle);
  const where = pathOf(place.directory);
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  const trusted = await readHostTrust(options.root);
  try {
    const known = { ...trusted, keys: [...own, ...trusted.keys], threshold: 1 };
    const signed = await openReport({ media, bundle }, known);
    if (signed === undefined) return [];
    const missing = await missingOfRoot(place, signed.digests, keys);
    if (missing.length === 0) return [];
    const files = new Map<string, Buffer>();
    for (const name of signed.digests.keys()) {
      files.set(name, await readSignedFile(signed, name, maxFileBytes));
    }
    const others = maker === undefined ? ['everything'] : await maker.compare(files, options);
    if (missing === 'root' || others.length > 0) {
      context.progress.warn(
        `${where} is not what this machine reports (${others.join(', ')}) and gets no signature: hosts that ask for two keys refuse the medium for it.`,
      );
      return [];
    }
    if (!dryRun) await renewSignedRoot(place, signed.digests, keys);
    return [`${reportsDirectoryName}/${bundle}`];
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'trust.unknown-signer') throw error;
    context.progress.warn(
      `${where} gets no signature: no key that signed it is trusted here ("pommgr signing-key trust").`,
    );
    return [];
  }
}
