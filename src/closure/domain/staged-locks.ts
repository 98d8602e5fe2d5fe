/**
 * Decides at which stage of a way each host starts: the first one that is for its release. Every later stage starts
 * from what the stage before leaves.
 */
import type { Inventory } from '../../apt/domain/inventory.ts';
import type { Target } from '../../apt/domain/target.ts';
import { stagesOf, type StageKind, type UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** The place of a thin target in its way. */
export interface TargetStage {
  way: string;
  /** Counts from 1. */
  number: number;
  kind: StageKind;
  /** Target of the stage before; undefined for the first one. */
  before: Target | undefined;
  /** Names of the hosts that start at an earlier stage. */
  carried: ReadonlySet<string>;
}

interface Lock {
  file: string;
  inventory: Pick<Inventory, 'hostName' | 'codename'>;
}

/**
 * Returns the stages of a way by target, with the locks of the hosts that reach each.
 * @throws PommgrError `config.closure` for a host of a release that no stage is for.
 */
export function stageLocks<L extends Lock>(
  way: UpgradeWay,
  { targets, locks }: { targets: readonly Target[]; locks: readonly L[] },
): Map<string, { stage: TargetStage; locks: L[] }> {
  const stages = stagesOf(way, targets);
  const starts = new Map<L, number>();
  for (const lock of locks) {
    const { codename } = lock.inventory;
    const start = stages.find(({ target }) => target.codename === codename);
    if (start === undefined) throw noStage(way, lock, stages);
    starts.set(lock, start.number);
  }
  const startOf = (lock: L): number => starts.get(lock) ?? 1;
  return new Map(
    stages.map(({ number, kind, target }) => {
      const reached = locks.filter((lock) => startOf(lock) <= number);
      const carried = reached.filter((lock) => startOf(lock) < number);
      const stage: TargetStage = {
        ...{ way: way.name, number, kind, before: stages[number - 2]?.target },
        carried: new Set(carried.map(({ inventory }) => inventory.hostName)),
      };
      return [target.name, { stage, locks: reached }];
    }),
  );
}

function noStage(way: UpgradeWay, lock: Lock, stages: readonly { target: Target }[]): PommgrError {
  const { hostName, codename } = lock.inventory;
  const known = [...new Set(stages.map(({ target }) => target.codename))];
  return new PommgrError(
    'config.closure',
    `The host ${hostName} (${lock.file}) is on ${codename}; the stages of ${way.name} are for ${known.join(', ')}.`,
    {
      hints: ['Take the lock out of the closures of these targets, or make it again on the host.'],
      details: { way: way.name, host: hostName, expected: known, found: codename },
    },
  );
}
