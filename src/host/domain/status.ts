/** Defines the report of `status`: on the online side where there is a config, on the host where there is a store. */
import type { Named } from '../../core/domain/named.ts';
import type { CountedApproval } from '../../approval/domain/judgement.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Applied, Pins, SetAside } from '../../store/domain/store-state.ts';
import type { Journal } from '../../store/domain/journal.ts';

export interface OnlineStatus {
  /** File of the config. */
  file: string;
  track: string;
  /** `status.maxAgeDays` of the config; null where it sets none. */
  maxAgeDays: number | null;
  /** Whether the last baseline is older than that, or missing although a maximum age is set. */
  tooOld: boolean;
  /** The newest baseline of the track; null when there is none yet. */
  baseline: { name: string; digest: string; created: string; ageSeconds: number } | null;
  /** Releases and keys of mirrors that are past their end, or end before the next visit; a line each. */
  ending: string[];
}

/** A deviation from the expected state, and what to do about it. */
export interface Problem {
  what: string;
  hint: string;
}

export interface Interrupted {
  operation: Journal['operation']['kind'];
  /** Null where none was applied. */
  baseline: string | null;
  started: string;
}

/** A file in place of our link, with our entries: the products' web interface puts it there. */
export interface ReplacedSources {
  path: string;
  /** URIs of the disabled entries. */
  disabled: string[];
}

/** What the host's approvers say of the applied baseline today. */
export interface ApprovalStatus {
  /** How many must have approved what is applied. */
  threshold: number;
  /** Approvals that count. */
  approvals: CountedApproval[];
  /** Why others do not. */
  objections: { file: string; text: string }[];
}

export interface HostStatus {
  root: string;
  store: string;
  /** Null when no baseline was ever applied. */
  applied: Applied | null;
  /** Baseline to which `rollback` returns; null when there is none. */
  previous: string | null;
  pins: Pins | null;
  /** Names of the baselines in the store. */
  stored: string[];
  /** Baselines that are used from the store of another host: the address of that store, by name. */
  remotes: Named<string>;
  setAside: SetAside[];
  /** Null where the host requires no approval, or nothing is applied. */
  approval: ApprovalStatus | null;
  /** Differences between apt's present state and the applied baseline, and what to do about them. */
  problems: Problem[];
  /** Other sources files that apt reads nevertheless: they appeared after the last `apply`. */
  otherSources: string[];
  /** Null where our link is as it should be. */
  replacedSources: ReplacedSources | null;
  /** Operation of an interrupted run; the next command that changes something resolves it. */
  interrupted: Interrupted | null;
  /** A restore that was interrupted; only `restore` continues it. */
  interruptedRestore: { baseline: string; started: string } | null;
  /** A bundle of which some volumes are in the store, and others on media that are still missing. */
  waiting: { bundle: string; started: string; taken: string[]; missing: string[] } | null;
  /** What `apt-get dist-upgrade` would do now; null when no baseline is applied, or during a restore. */
  plan: UpgradePlan | null;
}

export interface Status {
  /** Null where there is no config. */
  online: OnlineStatus | null;
  /** Null where there is no store. */
  host: HostStatus | null;
}
