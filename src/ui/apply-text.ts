/** The outcome of `apply` for people. */
import type { ApplyReport } from '../domain/apply-report.ts';
import { formatBytes, formatCount, formatFields } from './format.ts';
import { upgradePlanText } from './upgrade-plan-text.ts';

export function applyText(report: ApplyReport): string {
  const { baseline, added, plan } = report;
  const wouldBe = report.outcome.startsWith('would');
  const parts = [
    headline(report),
    formatFields({
      Digest: baseline.digest,
      Target: report.target ?? '-',
      'Signed by': report.signers.join(', '),
      Store: report.store,
      [wouldBe ? 'Would add' : 'Added']:
        `${formatCount(added.files, 'object')}, ${formatBytes(added.sizeBytes)}`,
    }),
  ];
  if (report.setAside.length > 0) {
    const lines = report.setAside.map(({ path, disabledPath }) => `  ${path} -> ${disabledPath}`);
    parts.push([wouldBe ? 'Would set aside:' : 'Set aside:', ...lines].join('\n'));
  }
  if (plan !== null) parts.push(upgradePlanText(plan));
  return parts.join('\n');
}

function headline({ outcome, baseline, root }: ApplyReport): string {
  const host = root === '/' ? "this host's apt" : `the apt of ${root}`;
  switch (outcome) {
    case 'applied':
      return `Applied ${baseline.name}: ${host} sees this baseline and nothing else. No package was changed.`;
    case 'unchanged':
      return `${baseline.name} is applied already; nothing was changed.`;
    case 'stored':
      return `Stored ${baseline.name}. What apt sees was not changed.`;
    case 'would-apply':
      return `Everything is right. Would apply ${baseline.name}. Nothing was changed: this was a dry run.`;
    case 'would-store':
      return `Everything is right. Would store ${baseline.name}. Nothing was changed: this was a dry run.`;
  }
}
