/**
 * Judges one stage before anything is switched: apt's plan with the stage's target, its forecast, and why it must not
 * be done. Changes nothing.
 */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { installedPackages } from '../../apt/adapters/dpkg.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { InstalledPackage } from '../../apt/domain/host.ts';
import type { Stage } from '../../apt/domain/upgrade-way.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Forecast } from '../../forecast/domain/forecast.ts';
import { openForecastHost } from '../../forecast/workflows/forecast-host.ts';
import { withPlaces } from '../../forecast/workflows/forecast-applied.ts';
import { forecastPlan } from '../../forecast/workflows/forecast-plan.ts';
import { readPlannedEntries } from '../../forecast/workflows/planned-entries.ts';
import type { Gaps } from '../../host/domain/gaps.ts';
import type { SimulatedHost } from '../../host/domain/simulated-host.ts';
import { previewUpgrade, withPreviewScratch } from '../../host/workflows/preview-upgrade.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { SetAside, StoreState } from '../../store/domain/store-state.ts';
import { stageRefusals, type StageRefusal } from '../domain/stage-plan.ts';
import { findComingSources } from './find-coming-sources.ts';
import { simulateAfter } from './simulate-after.ts';

export interface JudgedStage {
  plan: UpgradePlan;
  sizes: UpgradeSizes;
  gaps: Gaps;
  forecast: Forecast;
  refusals: StageRefusal[];
  /** Sources that its packages bring, as they are diverted. */
  coming: SetAside[];
}

export interface JudgeOptions {
  aptRoot: AptRoot;
  state: StoreState;
  stage: Stage;
  /** The host as the stage before leaves it; absent for the host as it is. */
  simulated?: SimulatedHost | undefined;
  context: Context;
}

/**
 * Calls `work` with the judgement; `after` returns the host as the stage would leave it, until `work` returns. @throws PommgrError `tool.*` where apt
 *   cannot plan.
 */
export async function judgeStage<T>(
  stored: StoredBaseline,
  options: JudgeOptions,
  work: (judged: JudgedStage & { after: () => Promise<SimulatedHost> }) => Promise<T>,
): Promise<T> {
  const { aptRoot, state, stage, simulated, context } = options;
  const { target } = stage;
  const { name, digest } = stored.baseline;
  return withPreviewScratch(aptRoot, async (scratch) => {
    const seen = await previewUpgrade(stored, { aptRoot, target, state, scratch, simulated, context });
    const { plan, sizes, gaps, files } = seen;
    const host = await openForecastHost(aptRoot);
    const entries = await readPlannedEntries(stored.directory, { plan, target, shares: stored.shares });
    const { forecast, coming } = await withPlaces(stored, { aptRoot, context }, async (places) => ({
      forecast: await forecastPlan(
        {
          subject: { kind: 'stored', baseline: { name, digest } },
          ...{ aptRoot, plan, sizes, files, entries, places, context },
        },
        host,
      ),
      coming: await findComingSources({ aptRoot, known: state.setAside, entries, places }),
    }));
    const refusals = stageRefusals({
      ...{ kind: stage.kind, plan, gaps },
      removed: await host.removed(plan),
      installed: installedNames(simulated?.packages ?? (await installedPackages(aptRoot))),
    });
    const after = (): Promise<SimulatedHost> => simulateAfter(aptRoot, { plan, files, simulated });
    return work({ plan, sizes, gaps, forecast, refusals, coming, after });
  });
}

function installedNames(packages: readonly InstalledPackage[]): Set<string> {
  return new Set(packages.filter(({ status }) => status === 'installed').map(({ name }) => name));
}
