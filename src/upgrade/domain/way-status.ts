/** Defines the report of `upgrade-release status`, and what to run to go on. */
import type { UpgradeJournal } from '../../store/domain/upgrade-journal.ts';
import type { StageName } from './next-report.ts';
import type { Position, PlacedStage, UnfinishedPackage } from './position.ts';
import { commandsByHand } from './run-script.ts';

export interface WayStatus {
  root: string;
  store: string;
  baseline: { name: string; digest: string };
  way: string;
  /** Debian release of the host. */
  codename: string;
  /** `behind` counts the installed packages that are older than the stage's. */
  stages: (StageName & { state: PlacedStage['state']; behind: number })[];
  /** Target of the stage that is begun or next; null when the whole way is done. */
  current: string | null;
  /** Whether an upgrade that pommgr started runs now. */
  isRunning: boolean;
  /** What was noted when the stage was begun; null for none. */
  begun: Pick<UpgradeJournal, 'started' | 'target' | 'accepted' | 'log'> | null;
  unfinished: readonly UnfinishedPackage[];
  needsRepair: boolean;
  rebootDue: string | null;
  /** How to go on by hand, in order; empty when the whole way is done, or an upgrade runs. */
  commands: string[];
  /** Sources that are set aside and name an earlier release: "pommgr detach" would put them back. */
  oldSources: { path: string; disabledPath: string; suites: string[] }[];
  /** Sources that apt reads besides the baseline's. */
  otherSources: string[];
}

/** What a person at a terminal runs to go on from here. */
export function commandsFor({ current, needsRepair, rebootDue }: Position, isRunning: boolean): string[] {
  if (isRunning) return [];
  const repair = needsRepair ? commandsByHand.repair : [];
  if (current === null) return [...repair];
  const finish = 'pommgr upgrade-release next';
  if (current.state === 'begun') return [...repair, commandsByHand.upgrade, finish];
  return [...repair, ...(rebootDue !== null && current.number > 1 ? ['reboot'] : []), finish];
}
