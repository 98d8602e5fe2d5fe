/** Formats the result of `verify` for people. */
import type { MediumTool } from '../../medium/domain/medium-tool.ts';
import type { BundleVerification, MediumVerification, Verification } from '../domain/verification.ts';
import type { ApprovalVerification } from '../../approval/domain/approval-verification.ts';
import type { ReportVerification } from '../../approval/domain/report-pack.ts';
import type { SubscriptionVerification } from '../../subscription/domain/subscription-verification.ts';
import { extrasField } from './extras-text.ts';
import { printableName } from '../../core/domain/printable.ts';
import { formatBytes, formatCount, formatFields, formatFiles } from '../../core/ui/format.ts';

export function verifyText({ bundles, furtherMedia, ...medium }: Verification): string {
  const besides =
    furtherMedia.length === 0 ? mediumTexts(medium) : [medium, ...furtherMedia].flatMap(headedTexts);
  const found = bundles.length === 0 ? ['There is no bundle here.'] : bundles.map(bundleText);
  return [...found, ...besides].join('\n\n');
}

function headedTexts(medium: MediumVerification): string[] {
  return [[`${medium.media}:`, ...mediumTexts(medium)].join('\n')];
}

function mediumTexts({ tool, runtimes, subscriptions, strangers, ...beside }: MediumVerification): string[] {
  const parts = toolTexts({ tool, runtimes });
  const reports = [...beside.reports.map(reportText), ...beside.approvals.flatMap(approvalLines)];
  if (reports.length > 0) parts.push(reports.join('\n'));
  if (subscriptions.length > 0) parts.push(subscriptions.map(subscriptionSetText).join('\n'));
  if (strangers.length > 0) {
    parts.push(`Ignored (not created by pommgr): ${strangers.map(printableName).join(', ')}`);
  }
  return parts;
}

function toolTexts({ tool, runtimes }: MediumTool): string[] {
  const lines = runtimes.map(
    ({ version, platforms, sizeBytes, signers }) =>
      `Runtime ${version} for ${platforms.join(', ')}, ${formatBytes(sizeBytes)}: right, signed by ${keyIds(signers)}.`,
  );
  if (tool !== null) {
    lines.unshift(`Launcher, POMMGR.txt and verify.sh: right, signed by ${keyIds(tool.signers)}.`);
  }
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** Returns the first 16 digits of fingerprints. */
function keyIds(fingerprints: readonly string[]): string {
  return fingerprints.map((fingerprint) => fingerprint.slice(0, 16)).join(', ');
}

function subscriptionSetText({ name, hosts, infos, isEncrypted, signers }: SubscriptionVerification): string {
  const what = `${formatCount(infos, 'info')} for ${formatCount(hosts, 'host')}, ${isEncrypted ? '' : 'not all '}encrypted`;
  return `Subscriptions ${name}, ${what}: right, signed by ${keyIds(signers)}.`;
}

function reportText({ bundle, digest, signers }: ReportVerification): string {
  return `Report of ${bundle}: right, signed by ${keyIds(signers)}; digest ${digest}.`;
}

function approvalLines({ bundle, counted, threshold, statements, unknown }: ApprovalVerification): string[] {
  const required = threshold === null ? 'this machine requires none' : `this machine requires ${threshold}`;
  const lines = statements.map((statement) => {
    const { decision, by, approver, at, until, words, objection } = statement;
    const what = decision === 'approve' ? `approved until ${until}` : 'withdrew it';
    const why = objection === null ? '' : `; does not count: ${objection}`;
    return `  ${printableName(by)} (key ${approver.slice(0, 16)}) ${what}, at ${at}: ${printableName(words ?? '(words are missing)')}${why}`;
  });
  const others = unknown.length === 0 ? [] : [`  By keys that are no approver's here: ${unknown.join(', ')}`];
  return [`Approvals of ${bundle}: ${counted} count; ${required}.`, ...lines, ...others];
}

function bundleText(bundle: BundleVerification): string {
  const fields = formatFields({
    Digest: bundle.baseline.digest,
    Kind: kindText(bundle.base),
    Packed: bundle.created,
    'Signed by': bundle.signers.join(', '),
    ...contentsFields(bundle),
    ...extrasField(bundle.extras),
  });
  const handovers = bundle.newSigners.map(
    ({ fingerprint, vouchedBy }) => `The key ${fingerprint} is new: ${vouchedBy} hands over to it.`,
  );
  return [`${bundle.name}: ${verdict(bundle)}`, fields, ...handovers].join('\n');
}

function verdict({ absent, volumes }: BundleVerification): string {
  if (absent.length === 0) return 'everything is right.';
  const present = formatCount(volumes - absent.length, 'volume');
  return `what is here is right (${present} of ${volumes}), but the set is not whole.\nOn other media: ${absent.join(', ')}. Give all media of the set: --media DIR --media DIR.`;
}

/** Returns `full`, or `since site-1` with what a delta leaves to its base where that is known. */
export function kindText(base: ShownBase | null): string {
  if (base === null) return 'full';
  if (base.objects === undefined) return `since ${base.name}`;
  const { count, sizeBytes } = base.objects;
  return `since ${base.name}, which has ${formatCount(count, 'more object')}, ${formatBytes(sizeBytes)}`;
}

interface ShownBase {
  name: string;
  objects?: { count: number; sizeBytes: number };
}

/** Lists packages and indices separately, as `snapshot` and `apply` count them, and then their containers. */
export function contentsFields(
  bundle: Pick<BundleVerification, 'contents'> & Parameters<typeof contentsText>[0],
): Record<string, string> {
  if (bundle.contents === null) return { Contents: contentsText(bundle) };
  const { packages, indices } = bundle.contents;
  return {
    Packages: formatFiles(packages),
    Indices: formatFiles(indices),
    Contents: contentsText(bundle),
  };
}

/** `12 objects in 1 volume, 1.2 MB`, or `12 files in 2 snapshots, 1.2 MB` on a medium that POM filled. */
function contentsText(
  bundle: Pick<BundleVerification, 'layout' | 'objects' | 'volumes' | 'snapshots' | 'sizeBytes'>,
): string {
  const parts =
    bundle.layout === 'pom'
      ? [formatCount(bundle.objects, 'file'), formatCount(bundle.snapshots, 'snapshot')]
      : [formatCount(bundle.objects, 'object'), formatCount(bundle.volumes, 'volume')];
  return `${parts.join(' in ')}, ${formatBytes(bundle.sizeBytes)}`;
}
