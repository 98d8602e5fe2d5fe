/** Formats the contents and the proof of a closure for people. */
import { formatBytes, formatCount, formatTable } from '../../core/ui/format.ts';
import { hindranceText } from '../domain/stage-hindrances.ts';
import type { HostProof, TargetProof } from '../domain/lock-proof.ts';

interface Files {
  files: number;
  sizeBytes: number;
}

/** One line: `debian: 1665 files, 1.08 GB of 156 GB (0.69 %), for 3 hosts; apt made the same 18 plans`. */
export function closureLine(closure: {
  target: string;
  thin: Files;
  whole: Files;
  hosts: number;
  jobs: number;
}): string {
  const { target, thin, whole, hosts, jobs } = closure;
  return `${target}: ${formatCount(thin.files, 'file')}, ${shareText(thin, whole)}, for ${hosts === 0 ? 'a bare system' : formatCount(hosts, 'host')}; apt made the same ${formatCount(jobs, 'plan')}`;
}

/** `1.08 GB of 156 GB (0.69 %)` */
function shareText(thin: Files, whole: Files): string {
  const percent = whole.sizeBytes === 0 ? 100 : (100 * thin.sizeBytes) / whole.sizeBytes;
  return `${formatBytes(thin.sizeBytes)} of ${formatBytes(whole.sizeBytes)} (${percent.toFixed(percent < 10 ? 2 : 0)} %)`;
}

/** The lock proof: a paragraph for each target, with a row for each host. */
export function lockProofText(targets: readonly TargetProof[]): string {
  return targets.map(targetText).join('\n\n');
}

function targetText(proof: TargetProof): string {
  const { target, stage, aptVersion, upgradeAptVersion, hosts, thin, whole, filtered } = proof;
  const change = upgradeAptVersion === undefined ? '' : `, the change of release by apt ${upgradeAptVersion}`;
  const place = stage === undefined ? '' : ` (stage ${stage.number} of ${stage.way})`;
  return [
    `Closure of ${target}${place}: ${shareText(thin, whole)} of its mirrors. Judged by apt ${aptVersion}${change}.`,
    ...(filtered.length === 0 ? [] : [`Left out by filters: ${filtered.join(', ')}.`]),
    formatTable(['HOST', 'JOBS', 'PACKAGES', 'SIZE', 'REMARKS'], hosts.map(hostRow)),
  ].join('\n');
}

function hostRow({
  host,
  after,
  hindrances,
  jobs,
  packages,
  strangers,
  unknownRelations,
}: HostProof): string[] {
  const impossible = jobs.filter(({ outcome }) => outcome === 'impossible').map(({ job }) => job);
  const remarks = [
    ...(after === undefined ? [] : [`after ${after}`]),
    ...(hindrances ?? []).map(hindranceText),
    ...(impossible.length === 0 ? [] : [`apt cannot: ${impossible.join(', ')}`]),
    ...(strangers.length === 0 ? [] : [`${formatCount(strangers.length, 'package')} of no mirror`]),
    ...(unknownRelations === 0
      ? []
      : [`dependencies of ${formatCount(unknownRelations, 'package')} unknown`]),
  ];
  return [
    host ?? '(bare system)',
    String(jobs.length),
    String(packages.files),
    formatBytes(packages.sizeBytes),
    remarks.join('; '),
  ];
}
