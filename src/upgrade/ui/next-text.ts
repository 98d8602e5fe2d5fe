/** Formats the outcome of `upgrade-release next` for people. */
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';
import { formatCount, formatFields } from '../../core/ui/format.ts';
import { shortened } from '../../host/domain/gaps.ts';
import type { NextReport } from '../domain/next-report.ts';
import { commandLines, stageText } from './stage-text.ts';

export function nextText(report: NextReport): string {
  const { stage, baseline, way, setAside, plan, outcome } = report;
  const parts = [
    headline(report),
    formatFields({
      Baseline: baseline.name,
      Way: way,
      ...(stage === null ? {} : { Stage: stageText(stage) }),
      ...(report.accepted.length === 0 ? {} : { Accepted: report.accepted.join(', ') }),
      ...(report.log === null ? {} : { Log: report.log }),
    }),
  ];
  if (setAside.length > 0) {
    const lines = setAside.map(
      ({ path, disabledPath, isAwaited }) =>
        `  ${path} -> ${disabledPath}${isAwaited === true ? ' (when a package brings it)' : ''}`,
    );
    parts.push([outcome === 'would-begin' ? 'Would set aside:' : 'Set aside:', ...lines].join('\n'));
  }
  if (plan !== null && outcome === 'would-begin') parts.push(upgradePlanText(plan, report.sizes));
  if (outcome === 'begun') parts.push(...leftLines(report));
  if (report.rebootDue !== null) parts.push(`A reboot is due: ${report.rebootDue}.`);
  if (outcome === 'done') parts.push(followingText(report));
  return parts.join('\n');
}

function leftLines({ behind, unfinished, commands, plan }: NextReport): string[] {
  return [
    ...(behind.length === 0 ? [] : [`Not upgraded yet: ${shortened(behind.map(({ name }) => name))}.`]),
    ...(unfinished.length === 0
      ? []
      : [`Not complete: ${shortened(unfinished.map(({ name, status }) => `${name} (${status})`))}.`]),
    ...(plan === null
      ? []
      : [`apt plans ${formatCount(plan.incoming.length + plan.remove.length, 'change')}.`]),
    ...commandLines('Run this in a session that outlives the connection (tmux, or at the console):', [
      ...commands,
      'pommgr upgrade-release next',
    ]),
    'Or let pommgr run it: "pommgr upgrade-release next --run".',
  ];
}

function followingText({ following }: NextReport): string {
  return following === null
    ? 'That was the last stage.'
    : `The next stage is ${following}: run "pommgr upgrade-release next" again.`;
}

function headline({ outcome, stage, baseline, root }: NextReport): string {
  const host = root === '/' ? 'this host' : root;
  const target = stage?.target ?? '';
  switch (outcome) {
    case 'complete':
      return `Every stage is done on ${host}: nothing was changed.`;
    case 'done':
      return `The stage ${target} is done on ${host}.`;
    case 'begun':
      return `apt sees the stage ${target} of ${baseline.name} on ${host}. The stage is not done: packages are left to upgrade.`;
    case 'would-begin':
      return `Would begin the stage ${target} on ${host}. Nothing was changed: this was a dry run.`;
  }
}
