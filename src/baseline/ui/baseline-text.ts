/** Formats baselines, and the differences between two, for people. */
import type { UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import type { MirrorChanges } from '../domain/baseline-diff.ts';
import type { Baseline } from '../domain/baseline.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import type { LockProof } from '../../closure/domain/lock-proof.ts';
import { plannedWaysText } from '../../closure/ui/way-plan-text.ts';
import type { PlannedWay } from '../../closure/domain/way-plan.ts';
import { lockProofText } from '../../closure/ui/closure-text.ts';
import { formatBytes, formatCount, formatFields, formatTable } from '../../core/ui/format.ts';

export function baselineListText(baselines: readonly Baseline[]): string {
  if (baselines.length === 0) return 'There is no baseline yet. Make one with "pommgr snapshot".';
  const rows = baselines.map((baseline) => [
    baseline.name,
    baseline.created,
    String(baseline.content.mirrors.reduce((sum, { packages }) => sum + packages.count, 0)),
    baseline.engine.name,
    baseline.digest.slice(0, 16),
  ]);
  return formatTable(['BASELINE', 'CREATED', 'PACKAGES', 'ENGINE', 'DIGEST'], rows, {
    optional: ['ENGINE'],
  });
}

export function baselineShowText(shown: {
  baseline: Baseline;
  directory: string;
  packages: { files: number; sizeBytes: number };
  upgrades: PlannedWay[];
  proof: LockProof | null;
}): string {
  const { baseline, packages, upgrades, proof } = shown;
  const mirrors = baseline.content.mirrors.map(({ id, suite, release, packages: { count } }) => [
    id,
    suite,
    release.date ?? 'none',
    String(count),
  ]);
  const targets = baseline.content.targets.map((target) => [
    target.name,
    target.products.join(' '),
    target.codename,
    target.architectures.join(' '),
    String(target.mirrors.length),
  ]);
  return [
    formatFields({
      Baseline: baseline.name,
      Digest: baseline.digest,
      Created: `${baseline.created} by pommgr ${baseline.tool.version}, engine ${baseline.engine.name}`,
      Packages: `${formatCount(packages.files, 'file')}, ${formatBytes(packages.sizeBytes)}`,
      Files: shown.directory,
    }),
    '',
    formatTable(['MIRROR', 'SUITE', 'RELEASE DATE', 'PACKAGES'], mirrors),
    '',
    formatTable(['TARGET', 'PRODUCTS', 'CODENAME', 'ARCHITECTURES', 'MIRRORS'], targets),
    ...upgradeLines(baseline.content.upgrades ?? []),
    ...(proof === null ? [] : ['', lockProofText(proof.targets)]),
    ...(upgrades.length === 0 ? [] : ['', plannedWaysText(upgrades)]),
  ].join('\n');
}

function upgradeLines(ways: readonly UpgradeWay[]): string[] {
  if (ways.length === 0) return [];
  const rows = ways.map(({ name, stages }) => [name, stages.join(', ')]);
  return ['', formatTable(['UPGRADE', 'STAGES'], rows)];
}

export function baselineDiffText(diff: {
  from: { name: string };
  to: { name: string };
  mirrors: readonly MirrorChanges[];
  same: boolean;
}): string {
  if (diff.same) return `${diff.from.name} and ${diff.to.name} have the same content.`;
  const rows = diff.mirrors.flatMap(({ mirror, changes }) =>
    changes.map((change) => [
      mirror,
      `${change.name}:${change.architecture}`,
      change.change,
      change.from ?? '-',
      change.to ?? '-',
    ]),
  );
  if (rows.length === 0)
    return `${diff.from.name} and ${diff.to.name} differ, but no candidate version does.`;
  return [
    formatTable(['MIRROR', 'PACKAGE', 'CHANGE', diff.from.name, diff.to.name], rows, {
      lead: ['PACKAGE', 'CHANGE'],
    }),
    '',
    summary(diff.mirrors),
  ].join('\n');
}

function summary(mirrors: readonly MirrorChanges[]): string {
  const changes = mirrors.flatMap((mirror) => mirror.changes);
  const count = (kind: string): number => changes.filter(({ change }) => change === kind).length;
  return ['added', 'removed', 'upgraded', 'downgraded'].map((kind) => `${count(kind)} ${kind}`).join(', ');
}

export function baselineVerifyText(result: {
  baseline: string;
  digest: string;
  files: number;
  sizeBytes: number;
  broken: readonly { path: string; expected: ObjectFact; found: ObjectFact | null }[];
}): string {
  const read = `${formatCount(result.files, 'file')}, ${formatBytes(result.sizeBytes)}`;
  if (result.broken.length === 0) {
    return `${result.baseline} is intact: ${read} read, digest ${result.digest}.`;
  }
  const lines = result.broken.map(({ path, expected, found }) =>
    found === null
      ? `missing  ${path}`
      : `changed  ${path}\n         expected ${expected.sizeBytes} bytes, SHA-256 ${expected.sha256}\n         found    ${found.sizeBytes} bytes, SHA-256 ${found.sha256}`,
  );
  return [
    ...lines,
    '',
    `${result.baseline} is broken: ${result.broken.length} of ${formatCount(result.files, 'file')} wrong.`,
    'Run "pommgr snapshot" to fetch again what was set aside; with --force where only files of the snapshot are missing. Then use the new baseline.',
  ].join('\n');
}
