/** Facts -> report: every check that concerns the host, judged. Invariant: it is pure, and unknown is not passed. */
import { backupChecks } from './backups.ts';
import { cephChecks } from './ceph.ts';
import type { CheckReport } from './check-report.ts';
import type { UpgradeCheck } from './check.ts';
import { clusterChecks } from './cluster.ts';
import { debianChecks } from './debian.ts';
import type { UpgradeFacts } from './facts.ts';
import { guestChecks } from './guests.ts';
import { kernelChecks } from './kernel.ts';
import { loaderChecks } from './loader.ts';
import { machineChecks } from './machine.ts';
import { networkChecks } from './network.ts';
import { originChecks } from './origins.ts';
import { packageChecks } from './packages.ts';
import { productChecks } from './products.ts';
import { pveConfigChecks } from './pve-config.ts';
import { newRelease, oldRelease } from './release.ts';
import { sourceChecks } from './sources.ts';
import { spaceChecks } from './space.ts';
import { storageChecks } from './storage.ts';
import { volumeChecks } from './volumes.ts';
import { toolChecks, toolReports } from './tools.ts';

export const allChecks: readonly UpgradeCheck[] = [
  ...packageChecks,
  ...originChecks,
  ...sourceChecks,
  ...spaceChecks,
  ...kernelChecks,
  ...loaderChecks,
  ...debianChecks,
  ...machineChecks,
  ...networkChecks,
  ...storageChecks,
  ...volumeChecks,
  ...guestChecks,
  ...backupChecks,
  ...pveConfigChecks,
  ...clusterChecks,
  ...cephChecks,
  ...productChecks,
  ...toolChecks,
];

export function judgeUpgrade(facts: UpgradeFacts): CheckReport {
  const { hostName, products, phase } = facts.host;
  const concerned = allChecks.filter(
    (check) =>
      check.phases.includes(phase) && (check.products?.some((product) => products.includes(product)) ?? true),
  );
  const checks = concerned.map(({ id, title, byHand, judge }) => {
    const finding = judge(facts);
    const todo =
      'todo' in finding ? finding.todo : finding.verdict === 'unknown' ? `Check it by hand: ${byHand}` : null;
    return { id, title, verdict: finding.verdict, seen: finding.seen, todo };
  });
  const open = checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  return {
    ...{ hostName, products: [...products], phase, from: oldRelease, to: newRelease, checks },
    verdict: checks.length > 0 && open.length === 0 ? 'go' : 'stop',
    tools: toolReports(facts),
  };
}
