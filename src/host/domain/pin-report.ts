/** Defines the report of `pin`. */
import type { Recovered } from './recovered.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Pins } from '../../store/domain/store-state.ts';

export interface PinReport {
  outcome: 'pinned' | 'unpinned' | 'unchanged' | 'would-pin' | 'would-unpin';
  root: string;
  store: string;
  /** The baseline that apt sees. */
  applied: string;
  /** Null where there are none now. */
  pins: Pins | null;
  /** Number of packages that pins hold. */
  packages: number;
  /** Packages of the pins' baseline whose version the applied one lacks: they are not held. */
  unavailable: { name: string; architecture: string; version: string }[];
  recovered: Recovered | null;
  /** What `apt-get dist-upgrade` would do; null where apt was not asked. */
  plan: UpgradePlan | null;
}
