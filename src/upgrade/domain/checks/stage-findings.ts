/** Decides which findings keep a stage from beginning. */
import type { StageKind } from '../../../apt/domain/upgrade-way.ts';
import type { CheckReport, CheckResult } from './check-report.ts';

/** These must be well before any change of packages; the others are about the next release. */
const everyStage = [
  ...['dpkg-state', 'apt-check', 'source-files', 'room', 'room-boot', 'boot-tool', 'zfs-pools', 'quorum'],
  ...[
    'running-tasks',
    'ha-services',
    'ceph-health',
    'services',
    'pbs-datastores',
    'pbs-tasks',
    'pmg-cluster',
  ],
];

/**
 * Returns the failed and unknown checks that stop a stage of this kind, without those that the operator accepts by id.
 * Versions of products and of Ceph are what earlier stages are for.
 */
export function stoppingFindings(
  { checks }: Pick<CheckReport, 'checks'>,
  { kind, accepted }: { kind: StageKind; accepted: readonly string[] },
): CheckResult[] {
  return checks.filter(
    ({ id, verdict }) =>
      (verdict === 'fail' || verdict === 'unknown') &&
      !accepted.includes(id) &&
      (kind === 'release' || everyStage.includes(id)),
  );
}
