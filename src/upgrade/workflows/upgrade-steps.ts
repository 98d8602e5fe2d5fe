/**
 * Implements `pommgr upgrade-release steps`: the steps of a way of a major upgrade for people, by the config online, or
 * by a baseline of a host's store. Changes nothing.
 */
import type { UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { loadConfig, namedConfigFile } from '../../config/adapters/config-file.ts';
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import {
  renderSheet,
  type SheetFormat,
  type SheetLanguage,
} from '../../subscription/workflows/render-sheet.ts';
import { cephOf, stepsStages, type NamedTarget } from '../domain/steps-stages.ts';
import { stepsView } from '../domain/steps-view.ts';
import { storedBaselines } from './stored-baselines.ts';

export interface UpgradeStepsOptions {
  configFile?: string | undefined;
  root?: string | undefined;
  store?: string | undefined;
  /** Name of the way, where there are several. */
  way?: string | undefined;
  /** Hosts in their order; several are a cluster. */
  nodes: readonly string[];
  media?: string | undefined;
  format: SheetFormat;
  lang: SheetLanguage;
  context: Context;
}

export interface UpgradeSteps {
  way: string;
  /** Names of the targets. */
  stages: string[];
  nodes: string[];
  format: SheetFormat;
  lang: SheetLanguage;
  /** The steps themselves. */
  text: string;
}

/** @throws PommgrError `config.targets` where there is no way, or several and none is named. */
export async function upgradeSteps(options: UpgradeStepsOptions): Promise<UpgradeSteps> {
  const { nodes, format, lang, context, media = '/mnt/usb' } = options;
  const { ways, targets, where } = (await waysOfConfig(options)) ?? (await waysOfStore(options));
  const way = chooseWay(ways, { name: options.way, where });
  const stages = stepsStages(way, targets);
  const created = formatTime(context.timestamp()).slice(0, 10);
  const view = stepsView({ way: way.name, stages, nodes, created, media });
  const text = await renderSheet('upgrade', view, { format, lang });
  return { way: way.name, stages: stages.map(({ target }) => target), nodes: [...nodes], format, lang, text };
}

interface FoundWays {
  ways: readonly UpgradeWay[];
  targets: NamedTarget[];
  where: string;
}

async function waysOfConfig({
  configFile,
  store,
  root,
}: UpgradeStepsOptions): Promise<FoundWays | undefined> {
  if (store !== undefined || root !== undefined) return undefined;
  try {
    const { upgrades, targets, mirrors, file } = await loadConfig(configFile);
    const uris = new Map(mirrors.map(({ id, uri }) => [id, uri]));
    return {
      ways: upgrades,
      targets: targets.map(({ name, products, codename, mirrors: ids }) => ({
        ...{ name, products, codename },
        ceph: cephOf(ids.map((id) => uris.get(id) ?? id)),
      })),
      where: file,
    };
  } catch (error) {
    const isMissing = error instanceof PommgrError && error.code === 'config.missing';
    if (isMissing && namedConfigFile(configFile) === undefined) return undefined;
    throw error;
  }
}

async function waysOfStore({ root: name, store }: UpgradeStepsOptions): Promise<FoundWays> {
  const root = await namedRoot(name);
  for await (const { baseline } of storedBaselines(root, store)) {
    const { upgrades, targets } = baseline.content;
    if (upgrades === undefined) continue;
    return {
      ways: upgrades,
      targets: targets.map((target) => ({ ...target, ceph: cephOf(target.mirrors) })),
      where: baseline.name,
    };
  }
  throw new PommgrError(
    'config.missing',
    'There is no config, and no baseline of the store has a way of a major upgrade.',
    {
      hints: [
        'Online, name the config with --config. On a host, bring such a baseline: pommgr apply --media DIR --store-only',
      ],
    },
  );
}

function chooseWay(
  ways: readonly UpgradeWay[],
  { name, where }: { name: string | undefined; where: string },
): UpgradeWay {
  const fitting = name === undefined ? ways : ways.filter((way) => way.name === name);
  const [way] = fitting;
  if (way !== undefined && fitting.length === 1) return way;
  const names = ways.map((one) => one.name).join(', ') || 'none';
  const expected = name === undefined ? 'one way of a major upgrade' : `the way ${name}`;
  throw new PommgrError('config.targets', `${where}: expected ${expected}, found ${names}.`, {
    hints: [
      ways.length > 1
        ? 'Choose one with --way NAME.'
        : '"pommgr init --preset upgrade-pve-8-to-9" writes a config with one; "pommgr mirror presets" lists the others.',
    ],
    details: { where, ways: ways.map((one) => one.name) },
  });
}
