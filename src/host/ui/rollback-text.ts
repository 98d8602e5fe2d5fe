/** Formats the outcome of `rollback` for people. */
import type { RollbackReport } from '../domain/rollback-report.ts';
import { formatFields, formatTable } from '../../core/ui/format.ts';
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';

export function rollbackText({ outcome, from, to, newer, setAside, ...report }: RollbackReport): string {
  const isDone = outcome === 'rolled-back';
  const parts = [
    isDone
      ? `Rolled back from ${from.name} to ${to.name}. No package was changed.`
      : `Would roll back from ${from.name} to ${to.name}. Nothing was changed: this was a dry run.`,
    formatFields({ Digest: to.digest, Target: report.target, Store: report.store }),
  ];
  if (setAside.length > 0) {
    const lines = setAside.map(({ path, disabledPath }) => `  ${path} -> ${disabledPath}`);
    parts.push([isDone ? 'Set aside:' : 'Would set aside:', ...lines].join('\n'));
  }
  if (newer.length > 0) {
    const rows = newer.map(({ name, installed, baseline }) => [name, installed, baseline]);
    parts.push(
      'Installed newer than in the baseline; a rollback downgrades nothing (pommgr restore --allow-downgrades does):',
      formatTable(['PACKAGE', 'INSTALLED', 'BASELINE'], rows),
    );
  }
  if (report.plan !== null) parts.push(upgradePlanText(report.plan));
  parts.push(`Forward to ${from.name} again, without a medium: ${report.forward}`);
  return parts.join('\n');
}
