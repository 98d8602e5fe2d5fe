/**
 * Writes the report of a bundle to the medium: a signed directory. One that is there, complete and by our own keys stays
 * as it is, for it may have been approved.
 */
import { withSpace } from '../../core/adapters/free-space.ts';
import { makeDirectoryAt } from '../../core/adapters/writes-at.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parentOf, pathOf } from '../../core/domain/place.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readSignedBundle } from '../../medium/adapters/bundle-root.ts';
import {
  missingOfRoot,
  renewSignedRoot,
  writeSignedDirectory,
} from '../../trust/adapters/signed-directory-writer.ts';
import type { SignedDirectory } from '../../trust/adapters/signed-directory.ts';
import { digestsOf } from '../../trust/adapters/signed-files.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { openReport, reportPlace } from '../adapters/medium-approvals.ts';
import type { ReportMaker, ReportPack, ReportRequest } from '../domain/report-pack.ts';
import { checkReport } from './check-report.ts';

export interface WriteReportOptions extends Omit<ReportRequest, 'base'> {
  media: string;
  /** Name of the bundle, which is on the medium. */
  bundle: string;
  keys: readonly SigningKey[];
  /** Undefined: none is wanted. */
  maker: ReportMaker | undefined;
  /** Whether this run wrote the bundle: then the report is made anew. */
  isNew: boolean;
}

/** Files, directories, manifest and signatures, each of which takes a block of the file system. */
const ownFiles = 16;
const blockBytes = 128 * 1024;

/** What is done for a dry run. */
export function plannedReport(media: string, bundle: string, maker: ReportMaker | undefined): ReportPack {
  const directory = pathOf(reportPlace(media, bundle).directory);
  return maker === undefined ? leftOut : { outcome: 'planned', directory, digest: null };
}

const leftOut: ReportPack = { outcome: 'left-out', directory: null, digest: null };

/** The caller holds the medium's lock. */
export async function writeReport(options: WriteReportOptions): Promise<ReportPack> {
  const { media, bundle, keys, maker, isNew, context } = options;
  if (maker === undefined) return leftOut;
  const place = reportPlace(media, bundle);
  const directory = pathOf(place.directory);
  const there = isNew ? undefined : await findOwn({ media, bundle }, options);
  if (there !== undefined) {
    await renewSignedRoot(place, there.digests, keys);
    return { outcome: 'unchanged', directory, digest: sha256Hex(there.manifest) };
  }
  context.progress.step(`Making the report of ${bundle}`);
  const files = await maker.make(await requestOf(options));
  const sizeBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const need = { sizeBytes: sizeBytes + ownFiles * blockBytes, files: ownFiles, what: 'the report' };
  const isSame = await withSpace(media, need, async () => {
    if ((await findOwn({ media, bundle }, options)) !== undefined) {
      if ((await missingOfRoot(place, digestsOf(files), keys)) !== 'root') return true;
    }
    await makeDirectoryAt(parentOf(place.directory));
    await writeSignedDirectory(place, files, keys);
    return false;
  });
  const written = await openReport({ media, bundle }, ownTrust(keys));
  const digest = written === undefined ? null : sha256Hex(written.manifest);
  return { outcome: isSame ? 'unchanged' : 'packed', directory, digest };
}

/** Returns the request for the report of a bundle on a medium, which our own keys signed. */
async function requestOf({ media, bundle, keys, ...rest }: WriteReportOptions): Promise<ReportRequest> {
  const { created, base } = (await readSignedBundle(media, bundle, ownTrust(keys))).bundle;
  return requestFor({ created, base }, rest);
}

export function requestFor(
  { created, base }: { created: string; base: { name: string } | null },
  { config, baseline, context }: Omit<ReportRequest, 'base'>,
): ReportRequest {
  const timestamp = (): Date => new Date(created);
  return { config, baseline, base: base?.name ?? null, context: { ...context, timestamp } };
}

/** A report that is damaged, or not ours, is written anew: it follows from the baseline. */
async function findOwn(
  place: { media: string; bundle: string },
  { keys, context }: { keys: readonly SigningKey[]; context: Context },
): Promise<SignedDirectory | undefined> {
  try {
    return await checkReport(place, { trusted: ownTrust(keys), context });
  } catch (error) {
    if (!(error instanceof PommgrError) || !['trust', 'integrity'].includes(error.family)) throw error;
    return undefined;
  }
}

function ownTrust(keys: readonly SigningKey[]): TrustedKeys {
  const own = keys.map(({ publicKey }) => ({ ...publicKey, file: '' }));
  return { directory: '', keys: own, distrusted: [], threshold: 1 };
}
