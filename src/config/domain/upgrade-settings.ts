/** Defines the setting `upgrades`: the ways of major upgrades, whose stages are targets of the same config. */
import { z } from 'zod';
import { stageProblems, upgradeWaySchema, type StageProblem } from '../../apt/domain/upgrade-way.ts';
import type { CheckFailure } from './config-issues.ts';
import type { TargetConfig } from './target-settings.ts';

const { name, stages } = upgradeWaySchema.shape;

export const upgradesConfigSchema = z.array(
  z.strictObject({
    name: name.describe('Name of the way, e.g. pve-8-to-9.'),
    stages: stages.describe(
      'Names of targets, in the order in which hosts take them: the last state of the old release, Ceph where it must come first, the next release, Ceph again.',
    ),
  }),
);
export type UpgradesConfig = z.infer<typeof upgradesConfigSchema>;

/** Finds stages that cannot be taken one after the other. */
export function checkUpgrades(
  upgrades: UpgradesConfig,
  targets: readonly Pick<TargetConfig, 'name' | 'products' | 'codename' | 'closure'>[],
): CheckFailure[] {
  const problems = stageProblems(upgrades, targets);
  return [...problems, ...wholeStages(upgrades, targets)].map(({ way, stage, message }) => ({
    path: ['upgrades', way, 'stages', stage],
    message,
  }));
}

/** A thin stage is proven from what the stage before leaves, which is known only where that one is thin too. */
function wholeStages(
  upgrades: UpgradesConfig,
  targets: readonly Pick<TargetConfig, 'name' | 'closure'>[],
): StageProblem[] {
  const thin = new Set(targets.flatMap(({ name: one, closure }) => (closure === undefined ? [] : [one])));
  const whole = new Set(targets.map((target) => target.name).filter((one) => !thin.has(one)));
  return upgrades.flatMap((upgrade, way) => {
    const other = upgrade.stages.find((stage) => thin.has(stage));
    if (other === undefined) return [];
    return upgrade.stages.flatMap((stage, index) => {
      if (!whole.has(stage)) return [];
      const message = `expected "closure" in the target "${stage}", as "${other}" of the same way has it`;
      return [{ way, stage: index, message }];
    });
  });
}
