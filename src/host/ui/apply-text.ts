/** Formats the outcome of `apply` for people. */
import type { ApplyReport, LeftReceipt } from '../domain/apply-report.ts';
import { wrapText } from '../../core/domain/text-width.ts';
import type { ForecastSummary } from '../domain/forecast-summary.ts';
import { shortened } from '../domain/gaps.ts';
import { activationText } from './activation-text.ts';
import { extrasField } from '../../bundle/ui/extras-text.ts';
import { formatFields, formatFiles } from '../../core/ui/format.ts';
import { kindText } from '../../bundle/ui/verify-text.ts';
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';

export function applyText(report: ApplyReport): string {
  const { baseline, added, plan } = report;
  const wouldBe = report.outcome.startsWith('would');
  const parts = [
    headline(report),
    formatFields({
      Digest: baseline.digest,
      // A store holds whole baselines, however they arrived.
      Bundle: report.from === null ? `${report.bundle}, ${kindText(report.base)}` : report.bundle,
      ...(report.storedFirst.length === 0
        ? {}
        : { [wouldBe ? 'Would store first' : 'Stored first']: report.storedFirst.join(', ') }),
      Target: report.target ?? '-',
      'Signed by': report.signers.join(', '),
      Store: report.store,
      ...(report.from === null ? {} : { 'Packages from': report.from }),
      [`Packages ${wouldBe ? 'to add' : 'added'}`]: formatFiles(added.packages),
      [`Indices ${wouldBe ? 'to add' : 'added'}`]: formatFiles(added.indices),
      ...extrasField(report.extras),
    }),
  ];
  if (report.setAside.length > 0) {
    const lines = report.setAside.map(({ path, disabledPath }) => `  ${path} -> ${disabledPath}`);
    parts.push([wouldBe ? 'Would set aside:' : 'Set aside:', ...lines].join('\n'));
  }
  if (plan !== null) parts.push(upgradePlanText(plan, report.sizes));
  if (report.gaps !== null) parts.push(...gapLines(report.gaps));
  if (report.forecast !== null) parts.push(...forecastLines(report.forecast));
  if (report.activation !== null) parts.push(activationText(report.activation));
  if (report.receipt !== null) parts.push(receiptText(report.receipt));
  return parts.join('\n');
}

/** Formats what the plan does not show: packages that the baseline leaves unchanged. */
function gapLines({ unserved, lost, keptBack, notInstallable }: NonNullable<ApplyReport['gaps']>): string[] {
  const lines: string[] = [];
  if (keptBack.length > 0) lines.push(`Kept back by apt: ${shortened(keptBack.map(({ name }) => name))}.`);
  if (unserved.length > 0)
    lines.push(
      `Not in the baseline, and left as they are: ${shortened(unserved.map(({ name, installed }) => `${name} ${installed}`))}.`,
    );
  if (lost.length > 0) lines.push(`Offered until now, and no longer: ${shortened(lost)}.`);
  for (const { name, why } of notInstallable) lines.push(`apt cannot install ${name} here: ${why}.`);
  return lines;
}

/** Formats the summary of a forecast, in lines; `pommgr forecast` has the whole. */
export function forecastLines(forecast: ForecastSummary): string[] {
  const { prompts, unanswered, reboot, restarts, questions, news, refusals, tooLittleSpace } = forecast;
  const lines: string[] = [];
  for (const what of refusals) lines.push(`REFUSED: ${what}`);
  for (const place of tooLittleSpace) lines.push(`TOO LITTLE ROOM on ${place}.`);
  if (prompts.length > 0)
    lines.push(
      `Configuration files about which dpkg asks: ${shortened(prompts)} (${unanswered} without an answer).`,
    );
  if (reboot.length > 0) lines.push(`A reboot is due afterwards: ${shortened(reboot)}.`);
  if (restarts.length > 0) lines.push(`Services that are restarted: ${shortened(restarts)}.`);
  if (questions > 0) lines.push(`Questions of debconf that may be asked: ${questions}.`);
  if (news > 0) lines.push(`News from maintainers to read: ${news}.`);
  if (lines.length === 0) return [];
  return ['Before the window ("pommgr forecast" tells more):', ...lines.flatMap(indentedLine)];
}

function indentedLine(line: string): string[] {
  return wrapText(line, 76).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`);
}

function receiptText({ file, hostFingerprint }: LeftReceipt): string {
  return formatFields({ Receipt: file, "This host's key": hostFingerprint });
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
