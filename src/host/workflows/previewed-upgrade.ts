/** Describes what a dry run of `apply` passes to a forecast of the plan, while its scratch directory exists. */
import type { AptFiles } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import type { StoreSource } from '../../store/adapters/store-source.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { ForecastSummary } from '../domain/forecast-summary.ts';

/** Location of the package files. */
export type PreviewedPackages =
  /** In a stored baseline, as the store lays it out. */
  | { kind: 'stored'; directory: string }
  /** In the volumes of these bundles, except for what the store already has. */
  | { kind: 'bundles'; bundles: readonly VerifiedBundle[]; store: Store }
  /** In the store of another host. */
  | { kind: 'remote'; source: StoreSource };

export interface PreviewedUpgrade {
  aptRoot: AptRoot;
  baseline: Baseline;
  target: Target;
  shares: Shares;
  /** With the baseline's `packages.jsonl`. */
  directory: string;
  plan: UpgradePlan;
  sizes: UpgradeSizes;
  /** Files by which apt sees the baseline. */
  files: AptFiles;
  packages: PreviewedPackages;
  /** An empty directory, which is removed afterwards. */
  scratch: string;
  context: Context;
}

export type Forecaster = (upgrade: PreviewedUpgrade) => Promise<ForecastSummary>;
