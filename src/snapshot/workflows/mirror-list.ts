/** Implements `pommgr mirror list` and `mirror presets`: what a config mirrors, and what `init --preset` can write. */
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { AccessFile, Mirror } from '../../config/domain/mirror.ts';
import type { PomState } from '../../pom/domain/pom-mirrors.ts';
import type { PomChange } from '../../mirror/domain/pom-change.ts';
import type { PomProblem } from '../../pom/domain/pom-problems.ts';
import { endOfLifeText, endOfLifeWarnings, isPastEnd } from '../../config/domain/ends-of-life.ts';
import { presets, type Preset } from '../../config/domain/presets.ts';
import { plannedStages, upgradePresets } from '../../config/domain/upgrade-presets.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Context } from '../../core/domain/progress.ts';
import { lookForEngine, type EngineChoice } from './choose-engine.ts';

export type ListedMirror = Omit<Mirror, AccessFile> & {
  login: boolean;
  /** State compared with POM's config; absent with the builtin engine. */
  state?: PomState;
};

export interface MirrorList {
  config: string;
  track: string;
  engine: EngineChoice['engine'];
  /** Why that engine was chosen. */
  why: string;
  /** Targets with a closure, sorted. */
  thin: string[];
  /** Sorted by id. */
  mirrors: ListedMirror[];
  /** Ids of the mirrors that only POM knows; they stay unchanged. Sorted. */
  onlyInPom: string[];
  /** Changes that are due in POM's config. */
  changes: PomChange[];
  /** Requirements of the config that POM does not support. */
  problems: PomProblem[];
}

/**
 * Reads the config that config-file.ts finds. @throws PommgrError `tool.*`, `config.*` where POM is asked for and
 * fails.
 */
export async function listMirrors(
  configFile: string | undefined,
  { progress, now }: Context,
): Promise<MirrorList> {
  const config = await loadConfig(configFile);
  for (const text of endOfLifeWarnings(config.mirrors, now())) progress.warn(text);
  const choice = await lookForEngine(config);
  const plan = choice.engine === 'pom' ? choice.reconciliation.plan : { states: [], changes: [] };
  const states = new Map(plan.states.map(({ mirror, state }) => [mirror, state]));
  return {
    config: config.file,
    track: config.track,
    engine: choice.engine,
    why: choice.why,
    thin: config.targets
      .filter(({ closure }) => closure !== undefined)
      .map(({ name }) => name)
      .toSorted(compareText),
    mirrors: config.mirrors.map((mirror) => {
      const { authFile, caFile: _ca, clientCertificate: _certificate, clientKey: _key, ...listed } = mirror;
      const state = states.get(mirror.id);
      return { ...listed, login: authFile !== undefined, ...(state === undefined ? {} : { state }) };
    }),
    onlyInPom: plan.states.filter(({ state }) => state === 'only in POM').map(({ mirror }) => mirror),
    changes: plan.changes,
    problems: choice.engine === 'pom' ? choice.problems : [],
  };
}

export interface ListedPreset {
  name: string;
  title: string;
  endOfLife: string;
  /** Whether that day is over. */
  past: boolean;
  mirrors: { id: string; uri: string; suite: string; components: string[]; login: boolean }[];
  /** Names of its targets in order, for a major upgrade. */
  stages?: string[];
}

/** An upgrade ends as the release that it leads to. */
export function listPresets(now: Date): { presets: ListedPreset[] } {
  const listed = presets.map((preset) => listedPreset(preset, now));
  const upgrades = upgradePresets.map((upgrade): ListedPreset => {
    const { name, title, to } = upgrade;
    const own = upgrade.presets.flatMap((one) => presets.find((preset) => preset.name === one) ?? []);
    const mirrors = own.flatMap((preset) => preset.mirrors);
    const stages = plannedStages(upgrade, undefined).map(({ target }) => target);
    return { ...listedPreset({ name, title, endOfLife: endOf(own, to.codename), mirrors }, now), stages };
  });
  return { presets: [...listed, ...upgrades] };
}

function endOf(own: readonly Preset[], codename: string): Preset['endOfLife'] {
  return own.find((preset) => preset.codename === codename)?.endOfLife ?? { date: null };
}

function listedPreset(
  { name, title, endOfLife, mirrors }: Pick<Preset, 'name' | 'title' | 'endOfLife' | 'mirrors'>,
  now: Date,
): ListedPreset {
  return {
    name,
    title,
    endOfLife: endOfLifeText(endOfLife),
    past: isPastEnd(endOfLife, now),
    mirrors: mirrors.map(({ settings: { id, uri, suite, components, authFile } }) => ({
      id,
      uri,
      suite,
      components,
      login: authFile !== undefined,
    })),
  };
}
