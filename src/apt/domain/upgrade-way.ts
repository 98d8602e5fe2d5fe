/**
 * Defines the way of a major upgrade: stages in order, each the name of a target. Baseline and bundle carry the ways of
 * their config. Invariant: neighbours have the same products, and the same Debian release or the next one; a target
 * belongs to one way at most.
 */
import { z } from 'zod';
import { nextRelease } from './debian-release.ts';
import { targetSchema, type Target } from './target.ts';

export const upgradeWaySchema = z.strictObject({
  /** For example `pve-8-to-9`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected lower-case letters, digits, . _ -'),
  /** Names of targets. The first one is the last state of the old release. */
  stages: z.array(targetSchema.shape.name).min(2),
});
export type UpgradeWay = z.infer<typeof upgradeWaySchema>;

/** As baseline and bundle have them: sorted by name, absent where there is none. */
export const upgradeWaysSchema = z.array(upgradeWaySchema).min(1).optional();

/**
 * `last`: the newest packages of the old release. `release`: the change to the next Debian release. `ceph`: another
 * Ceph release on the same Debian release.
 */
export type StageKind = 'last' | 'ceph' | 'release';

export interface Stage {
  /** Counts from 1. */
  number: number;
  kind: StageKind;
  target: Target;
}

/** `previous` is the target of the stage before; undefined for the first stage. */
export function stageKind(
  previous: Pick<Target, 'codename'> | undefined,
  target: Pick<Target, 'codename'>,
): StageKind {
  if (previous === undefined) return 'last';
  return previous.codename === target.codename ? 'ceph' : 'release';
}

/** Returns the stages of a way in order; one whose target is not among `targets` is left out. */
export function stagesOf(way: UpgradeWay, targets: readonly Target[]): Stage[] {
  const own = way.stages.flatMap((name) => targets.find((target) => target.name === name) ?? []);
  return own.map((target, index) => ({
    number: index + 1,
    kind: stageKind(own[index - 1], target),
    target,
  }));
}

/** Returns the way to which a target belongs. */
export function wayOf(target: string, ways: readonly UpgradeWay[] | undefined): UpgradeWay | undefined {
  return ways?.find(({ stages }) => stages.includes(target));
}

/** Returns the field of a baseline or a bundle. */
export function upgradesField(ways: readonly UpgradeWay[] | undefined): { upgrades?: UpgradeWay[] } {
  return ways === undefined || ways.length === 0 ? {} : { upgrades: [...ways] };
}

/** Something wrong with one stage of a way. */
export interface StageProblem {
  /** Index of the way and of its stage. */
  way: number;
  stage: number;
  message: string;
}

type StageTarget = Pick<Target, 'name' | 'products' | 'codename'>;

/** Finds stages that are no target, appear twice, or cannot follow the stage before. */
export function stageProblems(ways: readonly UpgradeWay[], targets: readonly StageTarget[]): StageProblem[] {
  const taken = new Map<string, string>();
  return ways.flatMap(({ name, stages }, way) =>
    stages.flatMap((stage, index): StageProblem[] => {
      const owner = taken.get(stage);
      taken.set(stage, name);
      const message =
        owner === undefined
          ? stageProblem(stage, { before: stages[index - 1], targets })
          : `the target "${stage}" is a stage of "${owner}" already: each stage needs a target of its own`;
      return message === undefined ? [] : [{ way, stage: index, message }];
    }),
  );
}

function stageProblem(
  stage: string,
  { before, targets }: { before: string | undefined; targets: readonly StageTarget[] },
): string | undefined {
  const target = targets.find(({ name }) => name === stage);
  if (target === undefined)
    return `no target of this config has the name "${stage}": expected one of ${targets.map(({ name }) => name).join(', ') || 'none'}`;
  const previous = targets.find(({ name }) => name === before);
  if (previous === undefined) return undefined;
  if (previous.products.toSorted().join() !== target.products.toSorted().join())
    return `expected the products of the stage before (${previous.name}: ${previous.products.join(', ')}), found ${target.products.join(', ')}`;
  const next = nextRelease(previous.codename);
  if ([previous.codename, next].includes(target.codename)) return undefined;
  const expected = next === undefined ? previous.codename : `${previous.codename} or ${next}`;
  return `expected a target for ${expected}, as the stage before is for ${previous.codename}, found ${target.codename}`;
}
