/** Defines the report of `upgrade-release next`. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { StageKind } from '../../apt/domain/upgrade-way.ts';
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import type { Recovered } from '../../host/domain/recovered.ts';
import type { SetAside } from '../../store/domain/store-state.ts';
import type { BehindPackage, UnfinishedPackage } from './position.ts';

export interface StageName {
  number: number;
  /** Number of stages of the way. */
  of: number;
  kind: StageKind;
  target: string;
  codename: string;
}

export interface NextReport {
  /**
   * `done`: the stage is complete. `begun`: apt sees the stage, and the packages are to be upgraded. `would-begin`: a dry
   * run. `complete`: every stage of the way is done, and there was nothing to do.
   */
  outcome: 'done' | 'begun' | 'would-begin' | 'complete';
  root: string;
  store: string;
  baseline: { name: string; digest: string };
  way: string;
  /** Null with `complete`. */
  stage: StageName | null;
  /** Target of the stage after it; null for the last. */
  following: string | null;
  /** What `apt-get dist-upgrade` would do; null where apt was not asked, or cannot plan before dpkg is repaired. */
  plan: UpgradePlan | null;
  sizes: UpgradeSizes | null;
  /** Null where nothing was about to begin. */
  forecast: ForecastSummary | null;
  /** Sources that were set aside, and those that the packages will bring. */
  setAside: SetAside[];
  /** Findings that the operator accepted, by id. */
  accepted: string[];
  /** What to run by hand, in order; empty where nothing is left to do. */
  commands: string[];
  /** Log of the upgrade that pommgr ran; null where it ran none. */
  log: string | null;
  /** Installed packages that are older than the stage's. */
  behind: readonly BehindPackage[];
  unfinished: readonly UnfinishedPackage[];
  /** Why a reboot is due; null for none. */
  rebootDue: string | null;
  /** What an earlier run had left unfinished. */
  recovered: Recovered | null;
}
