/**
 * Decides where a host is on the way of a major upgrade, from facts alone: its Debian release, its packages, dpkg's
 * state, the target that apt sees. Invariant: at most one stage is current, and every stage before it is done; what a
 * run has noted about itself never makes a stage done. Pure.
 */
import type { Stage } from '../../apt/domain/upgrade-way.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** An installed package that is older than the stage's candidate. */
export interface BehindPackage {
  /** apt's own name. */
  name: string;
  installed: string;
  wanted: string;
}

/** A package that dpkg has begun to unpack, configure or remove. */
export interface UnfinishedPackage {
  name: string;
  /** dpkg's status: `half-installed`, `unpacked`, `half-configured`. */
  status: string;
}

export interface PositionFacts {
  /** VERSION_CODENAME of the host's os-release. */
  codename: string;
  stages: readonly { stage: Stage; behind: readonly BehindPackage[] }[];
  /** Target that apt sees; null where no baseline of this way is applied. */
  applied: string | null;
  unfinished: readonly UnfinishedPackage[];
  /** Whether dpkg was interrupted while it wrote its database. */
  hasDpkgUpdates: boolean;
  /** Whether a package is installed without one that it depends on: then apt plans nothing. */
  hasUnmetDependencies: boolean;
  /** Why a reboot is due; null for none. */
  rebootDue: string | null;
}

export interface PlacedStage extends Stage {
  /** `next` may begin; `begun`: apt sees it, and the upgrade is not complete. */
  state: 'done' | 'begun' | 'next' | 'later';
  behind: readonly BehindPackage[];
}

export interface Position {
  stages: PlacedStage[];
  /** The stage that is begun or next; null when the whole way is done. */
  current: PlacedStage | null;
  unfinished: readonly UnfinishedPackage[];
  /** Whether dpkg has to be repaired before apt can plan. */
  needsRepair: boolean;
  rebootDue: string | null;
}

export function positionOf(facts: PositionFacts): Position {
  const { stages, applied, unfinished, hasDpkgUpdates, hasUnmetDependencies, rebootDue } = facts;
  const needsRepair = unfinished.length > 0 || hasDpkgUpdates || hasUnmetDependencies;
  const isDone = stages.map((_, index) => stageIsDone(index, { ...facts, needsRepair }));
  const first = isDone.indexOf(false);
  const placed = stages.map(({ stage, behind }, index): PlacedStage => {
    if (first === -1 || index < first) return { ...stage, behind, state: 'done' };
    if (index > first) return { ...stage, behind, state: 'later' };
    return { ...stage, behind, state: stage.target.name === applied ? 'begun' : 'next' };
  });
  return { stages: placed, current: placed[first] ?? null, unfinished, needsRepair, rebootDue };
}

/**
 * A stage is done when the host has its Debian release or a later one, and no installed package is older than the
 * stage's. Unfinished packages belong to the stage that apt sees, or to none: they do not undo the stages before it.
 */
function stageIsDone(
  index: number,
  { codename, stages, applied, needsRepair }: PositionFacts & { needsRepair: boolean },
): boolean {
  const here = stages[index];
  if (here === undefined) return false;
  const ownRelease = stages.findIndex(({ stage }) => stage.target.codename === codename);
  if (here.stage.target.codename !== codename) return index < ownRelease;
  const seen = stages.findIndex(({ stage }) => stage.target.name === applied);
  return here.behind.length === 0 && (!needsRepair || index < seen);
}

/**
 * Returns the stage to work on: the current one, which `name` must be where it is given.
 * @throws PommgrError `refused.order` for any other stage of the way, `usage.stage` for a name that is none.
 */
export function admitStage(position: Position, name?: string): PlacedStage | null {
  const { current, stages } = position;
  if (name === undefined || name === current?.target.name) return current;
  const asked = stages.find(({ target }) => target.name === name);
  if (asked === undefined) {
    throw new PommgrError(
      'usage.stage',
      `There is no stage ${name} on this way: expected one of ${stages.map(({ target }) => target.name).join(', ')}.`,
    );
  }
  if (asked.state === 'done') {
    throw new PommgrError('refused.order', `The stage ${name} is done already.`, {
      hints: [
        current === null ? 'The whole way is done.' : `The stage in turn is ${current.target.name}.`,
        '"pommgr upgrade-release status" shows where the host is.',
      ],
      details: { expected: current?.target.name ?? null, found: name },
    });
  }
  throw new PommgrError(
    'refused.order',
    `The stage ${name} is not in turn: expected ${current?.target.name ?? 'none'}, which is ${current?.state === 'begun' ? 'begun and not complete' : 'not done'}.`,
    {
      hints: ['Run "pommgr upgrade-release next", which does the stages in order.'],
      details: { expected: current?.target.name ?? null, found: name },
    },
  );
}
