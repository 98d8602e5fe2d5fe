/** Defines the report of `restore`. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Difference } from '../../apt/domain/package-set.ts';
import type { Decision } from '../../store/domain/store-state.ts';

/** One file of a saved identity, and what became of it. */
export interface PutBackFile {
  path: string;
  /** `beside`: not put in place, for people to compare; see `beside`. */
  outcome: 'same' | 'new' | 'replaced' | 'beside';
  /** Where it was laid, as the host sees it; null for one that belongs in its own place. */
  beside: string | null;
}

/** A package that the lock names and no baseline offers; `installed` is the version that is there, if any. */
export interface UnavailablePackage {
  name: string;
  architecture: string;
  version: string;
  installed: string | null;
}

export interface RestoreReport {
  outcome: 'restored' | 'unchanged' | 'would-restore';
  root: string;
  baseline: { name: string; digest: string };
  /** What apt sees from now on; null when no baseline is applied. `restore` does not change it. */
  applied: string | null;
  /** File of the lock; null without one. */
  lock: string | null;
  /** What apt did, or would do. */
  plan: UpgradePlan;
  /** apt's own names of the packages that were changed although they are held. */
  heldChanged: string[];
  /** Installed packages that no baseline knows; they were left, unless the plan removes them. */
  foreign: { name: string; architecture: string; version: string }[];
  unavailable: UnavailablePackage[];
  /** pommgr's own package, where it was installed from a medium, or would be. */
  tool: { version: string; media: string } | null;
  /** Files of a saved identity; empty without one. */
  identity: PutBackFile[];
  decisions: Decision[];
  /** Whether it went on with an earlier restore that was interrupted. */
  resumed: boolean;
  /** What is still not as wanted; empty after a dry run. */
  differences: Difference[];
}
