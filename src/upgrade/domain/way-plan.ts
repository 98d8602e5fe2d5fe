/** Defines the report of `upgrade-release plan`: every stage of the way with what apt would do there. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import type { StageName } from './next-report.ts';
import type { BehindPackage, PlacedStage } from './position.ts';
import type { StageRefusal } from './stage-plan.ts';

export interface PlannedStage extends StageName {
  state: PlacedStage['state'];
  behind: readonly BehindPackage[];
  /**
   * What the rest is computed from: the host as it is, or as the stage before leaves it. Null where nothing is computed:
   * the stage is done, or a stage before it cannot be simulated.
   */
  from: 'host' | 'stage-before' | null;
  plan: UpgradePlan | null;
  sizes: UpgradeSizes | null;
  forecast: ForecastSummary | null;
  refusals: StageRefusal[];
  /** Paths of the sources that its packages bring, and that are set aside as they come. */
  comingSources: string[];
  /** Why apt cannot plan; null where it can, or was not asked. */
  unplanned: string | null;
}

export interface WayPlan {
  /** `stop` where a stage that was planned is refused, or cannot be planned. */
  verdict: 'go' | 'stop';
  root: string;
  store: string;
  hostName: string;
  baseline: { name: string; digest: string };
  way: string;
  stages: PlannedStage[];
}
