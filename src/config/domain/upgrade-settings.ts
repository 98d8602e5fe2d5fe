/** Defines the setting `upgrades`: the ways of major upgrades, whose stages are targets of the same config. */
import { z } from 'zod';
import { stageProblems, upgradeWaySchema } from '../../apt/domain/upgrade-way.ts';
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
  targets: readonly Pick<TargetConfig, 'name' | 'products' | 'codename'>[],
): CheckFailure[] {
  return stageProblems(upgrades, targets).map(({ way, stage, message }) => ({
    path: ['upgrades', way, 'stages', stage],
    message,
  }));
}
