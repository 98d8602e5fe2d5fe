/**
 * Admits `apply --upgrade-release`: the switch to the next release of Debian, judged as `upgrade-release next` judges it,
 * for who needs only that.
 */
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { hostKind } from '../../apt/domain/host.ts';
import { stagesOf, wayOf, type Stage } from '../../apt/domain/upgrade-way.ts';
import { summaryOf } from '../../forecast/domain/summary.ts';
import { forecastPreview } from '../../forecast/workflows/forecast-preview.ts';
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import type { AdmitRelease } from '../../host/workflows/apply.ts';
import type { PreviewedUpgrade } from '../../host/workflows/previewed-upgrade.ts';
import { readStoreState } from '../../store/adapters/store.ts';
import { admitStage, positionOf } from '../domain/position.ts';
import { admitStagePlan } from '../domain/stage-plan.ts';
import { judgeStage } from './judge-stage.ts';
import { noteBegun } from './note-begun.ts';
import { readPositionFacts } from './read-position-facts.ts';

/** @throws PommgrError `refused.order` where the target is a stage that is not in turn, `refused.stage`. */
export const admitNextRelease: AdmitRelease = async (
  stored,
  { store, aptRoot, target, decisions, context },
) => {
  const state = await readStoreState(store);
  const { baseline, shares } = stored;
  const way = wayOf(target.name, baseline.content.upgrades);
  let stage: Stage = { number: 1, kind: 'release', target };
  if (way !== undefined) {
    const stages = stagesOf(way, shares.targets);
    const host = hostKind(await hostFacts(aptRoot));
    const applied = state.applied?.baseline === baseline.name ? state.applied.target : null;
    const position = positionOf(await readPositionFacts(stored, { aptRoot, host, stages, applied }));
    stage = admitStage(position, target.name) ?? stage;
  }
  const { refusals, coming } = await judgeStage(stored, { aptRoot, state, stage, context }, (judged) =>
    Promise.resolve(judged),
  );
  admitStagePlan(target.name, refusals);
  await noteBegun(stored, { store, aptRoot, target, way: way?.name ?? null, accepted: [], context });
  return { action: 'upgrade', acceptGaps: true, decisions: [...decisions, 'upgrade-release'], coming };
};

/** Returns the summary for a dry run. */
export async function forecastNextRelease(upgrade: PreviewedUpgrade): Promise<ForecastSummary> {
  const forecast = await forecastPreview(upgrade);
  const refusals = forecast.refusals.filter(({ kind }) => kind !== 'release');
  return summaryOf({ ...forecast, refusals });
}
