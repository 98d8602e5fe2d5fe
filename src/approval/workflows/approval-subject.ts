/** Opens what an approver decides about: a bundle of a medium, or of each medium of a set, and the report beside it. */
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below, pathOf } from '../../core/domain/place.ts';
import type { Context } from '../../core/domain/progress.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { openBundlePart, type VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import { readSignedFile } from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { reportDataName, reportPageNames } from '../domain/approval-files.ts';
import type { ApprovalSubject } from '../domain/approve-report.ts';
import { readReportSummary } from '../domain/report-summary.ts';
import { checkReport } from './check-report.ts';

export interface SubjectOptions {
  /** Name of the bundle or of its baseline. Default: the only one. */
  bundle?: string | undefined;
  /** A withdrawal needs no report. */
  withdraw: boolean;
  context: Context;
}

/** Largest data of a report that is read. */
const maxReportBytes = 256 * 1024 * 1024;

/** @throws PommgrError `usage.bundle`, `integrity.volumes` for media of different sets; `trust.*`, `integrity.*`. */
export async function openSubject(
  media: readonly string[],
  trusted: TrustedKeys,
  options: SubjectOptions,
): Promise<{ subject: Omit<ApprovalSubject, 'earlier'>; signers: SigningPublicKey[] }> {
  const opened: Found[] = [];
  for (const place of media) opened.push(await openOn(place, trusted, options));
  return { subject: sameSubject(opened), signers: opened.flatMap(({ verified }) => verified.signers) };
}

interface Found extends Omit<ApprovalSubject, 'earlier'> {
  verified: VerifiedBundle;
}

async function openOn(
  media: string,
  trusted: TrustedKeys,
  { bundle: chosen, withdraw, context }: SubjectOptions,
): Promise<Found> {
  context.progress.step(`Checking ${media}`);
  const { bundles } = await listMedium(media);
  const name = chooseBundle(bundles, { media, chosen });
  const verified = await openBundlePart(media, name, trusted);
  const signed = await checkReport({ media, bundle: name }, { trusted, context });
  if (signed === undefined && !withdraw) throw noReport(media, name);
  const path = (file: string): string => pathOf(below(signed?.directory ?? verified.directory, file));
  const data =
    signed === undefined ? undefined : await readSignedFile(signed, reportDataName, maxReportBytes);
  return {
    decision: withdraw ? 'withdraw' : 'approve',
    bundle: name,
    root: verified.manifestDigest,
    signers: verified.signers.map(({ fingerprint }) => fingerprint),
    report:
      signed === undefined || data === undefined
        ? null
        : {
            digest: sha256Hex(signed.manifest),
            pages: { en: path(reportPageNames.en), ja: path(reportPageNames.ja) },
            summary: readReportSummary(data, path(reportDataName)),
          },
    verified,
  };
}

/** Chooses by the name of a bundle or of its baseline. @throws PommgrError `usage.bundle` */
function chooseBundle(
  bundles: readonly string[],
  { media, chosen }: { media: string; chosen: string | undefined },
): string {
  const fitting =
    chosen === undefined
      ? bundles
      : bundles.filter((name) => name === chosen || name.startsWith(`${chosen}-from-`));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const what = chosen === undefined ? 'exactly one bundle' : `exactly one bundle of ${chosen}`;
  throw new PommgrError(
    'usage.bundle',
    `Expected ${what} on ${media}, found ${fitting.join(', ') || 'none'}.`,
    {
      hints: [bundles.length === 0 ? 'There is none.' : `There are: ${bundles.join(', ')}. Name one.`],
      details: { media, bundle: chosen ?? null, found: bundles },
    },
  );
}

/** The media of a set have one manifest and one report. */
function sameSubject([first, ...others]: readonly Found[]): Omit<ApprovalSubject, 'earlier'> {
  if (first === undefined) throw new PommgrError('usage.media', 'No medium was named.');
  const { verified, ...subject } = first;
  for (const other of others) {
    if (other.root === subject.root && other.report?.digest === subject.report?.digest) continue;
    throw new PommgrError(
      'integrity.volumes',
      `${verified.media} and ${other.verified.media} carry different bundles or reports of ${subject.bundle}.`,
      {
        hints: ['Media of one set were written by one "pommgr pack". Approve others one by one.'],
        details: { media: [verified.media, other.verified.media] },
      },
    );
  }
  return subject;
}

function noReport(media: string, bundle: string): PommgrError {
  return new PommgrError('integrity.missing', `${media} has no report of ${bundle} that could be approved.`, {
    hints: [
      '"pommgr pack" writes it, unless told --no-report. Run it with this medium again on the online side.',
    ],
    details: { media, bundle },
  });
}
