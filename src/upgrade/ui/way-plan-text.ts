/** Formats the outcome of `upgrade-release plan` for people. */
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';
import { formatFields } from '../../core/ui/format.ts';
import { forecastLines } from '../../host/ui/apply-text.ts';
import type { PlannedStage, WayPlan } from '../domain/way-plan.ts';
import { stageText } from './stage-text.ts';

export function wayPlanText({ verdict, hostName, baseline, way, stages }: WayPlan): string {
  return [
    formatFields({
      Host: hostName,
      Baseline: baseline.name,
      Way: way,
      Verdict: verdict === 'go' ? 'every stage that is left can be done' : 'STOP: see below',
    }),
    ...stages.map(plannedText),
  ].join('\n\n');
}

function plannedText(stage: PlannedStage): string {
  const lines = [`Stage ${stageText(stage)} (${stage.state})`];
  if (stage.unplanned !== null) lines.push(`NOT PLANNED: ${stage.unplanned}`);
  if (stage.plan === null) return lines.join('\n');
  if (stage.from === 'stage-before') lines.push('Computed on the host as the stage before leaves it.');
  lines.push(upgradePlanText(stage.plan, stage.sizes));
  // Refusals are shown with what to do about them.
  if (stage.forecast !== null) lines.push(...forecastLines({ ...stage.forecast, refusals: [] }));
  for (const { what, hint } of stage.refusals) lines.push(`REFUSED: ${what}`, `  ${hint}`);
  for (const path of stage.comingSources) lines.push(`${path} comes with a package and is set aside.`);
  return lines.join('\n');
}
