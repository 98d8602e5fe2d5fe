/** Defines the report of `apply`. */
import type { CountedApproval } from '../../approval/domain/judgement.ts';
import type { ForecastSummary } from './forecast-summary.ts';
import type { Gaps } from './gaps.ts';
import type { Recovered } from './recovered.ts';
import type { ActivationReport } from './activation-report.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { BundleContents } from '../../medium/domain/bundle-objects.ts';
import type { Extra } from '../../config/domain/extras.ts';
import type { Decision, SetAside } from '../../store/domain/store-state.ts';

/** The receipt that the host wrote. */
export interface LeftReceipt {
  file: string;
  /** Fingerprint of the key that signed it, which the online side must trust. */
  hostFingerprint: string;
}

export interface ApplyReport {
  outcome: 'applied' | 'unchanged' | 'stored' | 'would-apply' | 'would-store';
  bundle: string;
  /** Base of a delta; null for a full bundle. */
  base: { name: string; digest: string } | null;
  /** Files that came with the bundle, for "pommgr extras". */
  extras: Extra[];
  /** Other bundles of the medium that were stored first, because this one builds on them. */
  storedFirst: string[];
  baseline: { name: string; digest: string; track: string; sequence: number };
  /** Address of the store that has its packages; null where the host's own store has them. */
  from: string | null;
  root: string;
  store: string;
  /** Null where none was needed. */
  target: string | null;
  /** Fingerprints of the keys whose signatures count. */
  signers: string[];
  newSigners: { fingerprint: string; vouchedBy: string }[];
  /** Objects that the store lacked: the total, and packages and indices separately. */
  added: { files: number; sizeBytes: number } & BundleContents;
  setAside: SetAside[];
  decisions: Decision[];
  /** Approvals that count by the host's approvers; empty where it has none. */
  approvals: CountedApproval[];
  /** What an earlier run had left unfinished. */
  recovered: Recovered | null;
  /** What `apt-get dist-upgrade` would do; null where apt was not asked. */
  plan: UpgradePlan | null;
  /** Sizes of that plan. */
  sizes: UpgradeSizes | null;
  /** What the baseline cannot serve on the host in its present state; null where apt was not asked. */
  gaps: Gaps | null;
  /** Forecast of the plan; null except for a dry run with a forecast. */
  forecast: ForecastSummary | null;
  /** Report on the host's subscription keys; null where it was not asked for. */
  activation: ActivationReport | null;
  /** Null where none was requested. */
  receipt: LeftReceipt | null;
}
