/** Renders the targets of a config, and the ways of major upgrades that they are stages of. */
import type { TargetConfig } from '../../config/domain/target-settings.ts';
import type { DraftWay } from './way-draft.ts';
import { asListItem, list, scalar } from './yaml-lines.ts';

/** Returns the setting `targets`, with a comment for its reader. */
export function targetLines({
  targets,
  upgrades = [],
}: {
  targets: TargetConfig[];
  upgrades?: DraftWay[];
}): string[] {
  const reference = [
    '# The targets: which mirrors which kind of host sees. A host applies exactly one, chosen by',
    '# its product (pve, pbs, pmg, pdm, or debian for none of them), release and architecture.',
    '# notAutomatic names mirrors of suites that are NotAutomatic, such as backports, whose versions',
    '# the hosts are to upgrade to. Of such a suite that is not named, hosts install packages on',
    '# request and, with ButAutomaticUpgrades, upgrade what was installed from it: as apt by itself.',
  ];
  if (targets.length === 0) {
    return [
      ...reference,
      '# Without this setting there is one target with all mirrors.',
      '#targets:',
      '#  - name: pve9',
      '#    products: [pve]',
      '#    codename: trixie',
      '#    mirrors: [pve-9-enterprise, debian-trixie]',
    ];
  }
  const later = new Set(upgrades.flatMap(({ stages }) => stages.slice(1).map(({ target }) => target)));
  return [
    ...reference,
    'targets:',
    ...targets.flatMap((target) => asListItem(settingsOf(target, later.has(target.name)))),
  ];
}

function settingsOf(target: TargetConfig, isLaterStage: boolean): string[] {
  const lines = [
    `name: ${scalar(target.name)}`,
    `products: ${list(target.products)}`,
    `codename: ${scalar(target.codename)}`,
    'mirrors:',
    ...target.mirrors.map((id) => `  - ${scalar(id)}`),
  ];
  if (target.architectures) lines.push(`architectures: ${list(target.architectures)}`);
  if (target.notAutomatic) lines.push(`notAutomatic: ${list(target.notAutomatic)}`);
  if (target.closure) lines.push(...closureLines(target.closure, isLaterStage));
  return lines;
}

function closureLines(closure: NonNullable<TargetConfig['closure']>, isLaterStage: boolean): string[] {
  const { hosts = [], install = [], recommends, keepInstalled, also = [] } = closure;
  const lines = [
    '# Thin: the baseline holds only what these need, proven by apt. Without it, all of the mirrors.',
    'closure:',
    ...(hosts.length > 0
      ? [`  hosts: ${list(hosts)}`]
      : isLaterStage
        ? ['  # The hosts of the stages before count here too.']
        : ['  #hosts: ["./locks/*.lock.json"]  # of "pommgr host lock" on each host']),
  ];
  lines.push(`  install: ${list(install)}`);
  if (recommends !== undefined) lines.push(`  recommends: ${recommends}`);
  if (keepInstalled !== undefined) lines.push(`  keepInstalled: ${keepInstalled}`);
  if (also.length > 0) lines.push(`  also: ${list(also)}`);
  return lines;
}

/** Returns the setting `upgrades`, with a comment for each stage. */
export function upgradeLines(ways: DraftWay[]): string[] {
  const reference = [
    '# The ways of major upgrades: targets that hosts take one after the other. With closures, each',
    '# stage holds what its hosts need after the stage before.',
  ];
  if (ways.length === 0) return [...reference, '#upgrades: []'];
  return [
    ...reference,
    'upgrades:',
    ...ways.flatMap(({ name, stages }) =>
      asListItem([
        `name: ${scalar(name)}`,
        'stages:',
        ...stages.flatMap(({ target, comments }) => [
          ...comments.map((line) => `  # ${line}`),
          `  - ${scalar(target)}`,
        ]),
      ]),
    ),
  ];
}
