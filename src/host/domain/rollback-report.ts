/** Defines the report of `rollback`. */
import type { Recovered } from './recovered.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { SetAside } from '../../store/domain/store-state.ts';

export interface RollbackReport {
  outcome: 'rolled-back' | 'would-roll-back';
  from: { name: string; digest: string };
  to: { name: string; digest: string };
  root: string;
  store: string;
  target: string;
  setAside: SetAside[];
  /** Packages that stay installed in a newer version than the baseline's; empty where apt was not asked. */
  newer: { name: string; installed: string; baseline: string }[];
  recovered: Recovered | null;
  /** The command that applies the former baseline again; it needs no medium. */
  forward: string;
  /** What `apt-get dist-upgrade` would do; null where apt was not asked. */
  plan: UpgradePlan | null;
}
