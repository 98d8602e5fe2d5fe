/** What `verify` found, for people. */
import type { BundleVerification, Verification } from '../domain/verification.ts';
import { printable } from './error-text.ts';
import { formatBytes, formatCount, formatFields } from './format.ts';

export function verifyText({ bundles, strangers }: Verification): string {
  const parts = bundles.map(bundleText);
  if (strangers.length > 0) {
    parts.push(`Not of pommgr, and not read: ${strangers.map(printable).join(', ')}`);
  }
  return parts.join('\n\n');
}

function bundleText(bundle: BundleVerification): string {
  const fields = formatFields({
    Digest: bundle.baseline.digest,
    Packed: bundle.created,
    'Signed by': bundle.signers.join(', '),
    Contents: contentsText(bundle),
  });
  const handovers = bundle.newSigners.map(
    ({ fingerprint, vouchedBy }) => `The key ${fingerprint} is new: ${vouchedBy} hands over to it.`,
  );
  return [`${bundle.name}: everything is right.`, fields, ...handovers].join('\n');
}

/** `12 objects in 1 volume, 1.2 MB`, or `12 files in 2 snapshots, 1.2 MB` on a medium that POM filled. */
export function contentsText(
  bundle: Pick<BundleVerification, 'layout' | 'objects' | 'volumes' | 'snapshots' | 'sizeBytes'>,
): string {
  const parts =
    bundle.layout === 'pom'
      ? [formatCount(bundle.objects, 'file'), formatCount(bundle.snapshots, 'snapshot')]
      : [formatCount(bundle.objects, 'object'), formatCount(bundle.volumes, 'volume')];
  return `${parts.join(' in ')}, ${formatBytes(bundle.sizeBytes)}`;
}
