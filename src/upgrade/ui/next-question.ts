/** Shows what a stage would do and asks on the terminal; returns undefined where there is none. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { StageKind } from '../../apt/domain/upgrade-way.ts';
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';
import { fitText } from '../../core/domain/text-width.ts';
import { terminalColumns } from '../../core/ui/terminal-columns.ts';
import { askYesNo } from '../../core/ui/terminal-question.ts';
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import { forecastLines } from '../../host/ui/apply-text.ts';
import { stageKindText } from './stage-text.ts';

interface ShownStage {
  baseline: string;
  target: string;
  kind: StageKind;
  codename: string;
  plan: UpgradePlan;
  sizes: UpgradeSizes;
  forecast: ForecastSummary;
  coming: readonly { path: string }[];
}

export async function askForStage(stage: ShownStage): Promise<boolean | undefined> {
  const text = [
    upgradePlanText(stage.plan, stage.sizes),
    ...forecastLines(stage.forecast),
    ...stage.coming.map(({ path }) => `${path} comes with a package and is set aside.`),
    `This switches apt to the stage ${stage.target} of ${stage.baseline}, ${stageKindText(stage)}.`,
  ].join('\n');
  return askYesNo(`${fitText(text, terminalColumns())}\nBegin this stage?`);
}
