/** Drafts the ways of major upgrades: the presets that they need besides, and a target for each stage. */
import type { TargetConfig } from '../../config/domain/target-settings.ts';
import { cephReleases } from '../../config/domain/known-releases.ts';
import type { Preset } from '../../config/domain/presets.ts';
import {
  plannedStages,
  upgradePresets,
  type PlannedStage,
  type UpgradePreset,
} from '../../config/domain/upgrade-presets.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** A way, and what a reader of the config should know about each stage, a line each. */
export interface DraftWay {
  name: string;
  stages: { target: string; comments: string[] }[];
}

export interface NamedWay {
  preset: UpgradePreset;
  stages: PlannedStage[];
}

/**
 * Splits the names of presets into ways and all repositories that these and the user name. A Ceph preset of the old
 * release says which Ceph the hosts have; the later ones come from the same channel.
 * @throws PommgrError `usage.preset` for two upgrades of one product, and for two Ceph releases to start from.
 */
export function splitUpgrades(names: readonly string[]): { ways: NamedWay[]; repositories: string[] } {
  const chosen = [...new Set(names)].flatMap(
    (name) => upgradePresets.find((preset) => preset.name === name) ?? [],
  );
  const own = names.filter((name) => !chosen.some((preset) => preset.name === name));
  const added: string[] = [];
  const ways = chosen.map((preset): NamedWay => {
    const twin = chosen.find((other) => other !== preset && other.way === preset.way);
    if (twin !== undefined)
      throw tooMany(`${preset.name} and ${twin.name} are the same upgrade from different repositories`);
    const start = preset.product === 'pve' ? startingCeph(own, preset) : undefined;
    const stages = plannedStages(preset, start?.ceph);
    added.push(...preset.presets);
    for (const { codename, ceph } of stages)
      if (ceph !== undefined && start !== undefined) added.push(`ceph-${ceph}-${codename}-${start.channel}`);
    return { preset, stages };
  });
  return { ways, repositories: [...new Set([...added, ...own])] };
}

function startingCeph(
  names: readonly string[],
  { from }: UpgradePreset,
): { ceph: string; channel: string } | undefined {
  const found = cephReleases
    .filter(({ codename }) => codename === from.codename)
    .flatMap(({ name: ceph, codename }) => {
      const start = `ceph-${ceph}-${codename}-`;
      const preset = names.find((name) => name.startsWith(start));
      return preset === undefined ? [] : [{ preset, ceph, channel: preset.slice(start.length) }];
    });
  const [first, second] = found;
  if (second === undefined) return first;
  throw tooMany(`${found.map(({ preset }) => preset).join(' and ')} cannot both be the Ceph that hosts have`);
}

function tooMany(text: string): PommgrError {
  return new PommgrError('usage.preset', `${text}.`, {
    hints: ['Name one of them; the stages bring the later releases by themselves.'],
  });
}

/** Returns the targets of a way in the order of its stages. `closure` is absent for whole mirrors. */
export function wayTargets(
  { preset: { product }, stages }: NamedWay,
  chosen: readonly Preset[],
  closure: TargetConfig['closure'],
): TargetConfig[] {
  return stages.map(({ target, codename, ceph }) => ({
    ...{ name: target, products: [product], codename },
    mirrors: chosen
      .filter((preset) => preset.codename === codename)
      .filter((preset) => preset.product === product || preset.product === 'debian')
      .filter((preset) => preset.kind !== 'ceph' || preset.name.startsWith(`ceph-${ceph}-`))
      .flatMap((preset) => preset.mirrors.map(({ settings }) => settings.id)),
    ...(closure === undefined ? {} : { closure }),
  }));
}

export function wayOfDraft({ preset, stages }: NamedWay): DraftWay {
  return {
    name: preset.way,
    stages: stages.map(({ target, comments }) => ({ target, comments })),
  };
}
