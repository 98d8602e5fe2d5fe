/** What `status` tells: of the online side where there is a config, of the host where there is a store. */
import type { Named } from '../../core/domain/named.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { Applied, Pins, SetAside } from '../../store/domain/store-state.ts';
import type { Journal } from '../../store/domain/journal.ts';

export interface OnlineStatus {
  /** File of the config. */
  file: string;
  track: string;
  /** `status.maxAgeDays` of the config; null where it sets none. */
  maxAgeDays: number | null;
  /** Whether the last baseline is older than that, or there is none although it is set. */
  tooOld: boolean;
  /** The newest of the track; null when there is none yet. */
  baseline: { name: string; digest: string; created: string; ageSeconds: number } | null;
}

/** What is not as it should be, and what to do. */
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

/** A file in the place of our link, with our entries: the products' web interface puts it there. */
export interface ReplacedSources {
  path: string;
  /** URIs of the entries that are switched off. */
  disabled: string[];
}

export interface HostStatus {
  root: string;
  store: string;
  /** Null when no baseline was ever applied. */
  applied: Applied | null;
  /** What `rollback` goes back to; null when there is none. */
  previous: string | null;
  pins: Pins | null;
  /** Names of the baselines in the store. */
  stored: string[];
  /** Baselines that are used from the store of another host, by name: that store's address. */
  remotes: Named<string>;
  setAside: SetAside[];
  /** What apt has now and the applied baseline does not say, and what to do. */
  problems: Problem[];
  /** Sources files of others that apt reads all the same: they appeared after the last `apply`. */
  otherSources: string[];
  /** Null where our link is as it should be. */
  replacedSources: ReplacedSources | null;
  /** What an interrupted run was doing; the next command that changes something ends it. */
  interrupted: Interrupted | null;
  /** A restore that was interrupted; only `restore` goes on with it. */
  interruptedRestore: { baseline: string; started: string } | null;
  /** A bundle of which some volumes are in the store, and others on media still to come. */
  waiting: { bundle: string; started: string; taken: string[]; missing: string[] } | null;
  /** What `apt-get dist-upgrade` would do now; null when no baseline is applied, or in the middle of a restore. */
  plan: UpgradePlan | null;
}

export interface Status {
  /** Null where there is no config. */
  online: OnlineStatus | null;
  /** Null where there is no store. */
  host: HostStatus | null;
}
