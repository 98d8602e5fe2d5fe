/** What `apply` did, or would do. */
import type { UpgradePlan } from './apt-simulation.ts';
import type { Decision, Journal, SetAside } from './store-state.ts';

/** How an interrupted run was ended. */
export interface Recovered {
  /** What the run was doing, and with which baseline. */
  operation: Journal['operation']['kind'];
  /** Null where none was applied. */
  baseline: string | null;
  outcome: 'finished' | 'undone';
}

export interface ApplyReport {
  outcome: 'applied' | 'unchanged' | 'stored' | 'would-apply' | 'would-store';
  bundle: string;
  baseline: { name: string; digest: string; track: string; sequence: number };
  root: string;
  store: string;
  /** Null where none was needed. */
  target: string | null;
  /** Fingerprints of the keys whose signatures count. */
  signers: string[];
  newSigners: { fingerprint: string; vouchedBy: string }[];
  /** Objects that the store lacked. */
  added: { files: number; sizeBytes: number };
  setAside: SetAside[];
  decisions: Decision[];
  /** What an earlier run had left. */
  recovered: Recovered | null;
  /** What `apt-get dist-upgrade` would do; null where apt was not asked. */
  plan: UpgradePlan | null;
}
