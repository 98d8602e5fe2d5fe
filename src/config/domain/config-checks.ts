/** Checks what a schema cannot: names that must be unique, and names that must exist. */
import type { ConfigFile } from './config.ts';
import { didYouMean, type CheckFailure } from './config-issues.ts';
import { advisoryPrefix, checkAdvisories } from './advisory-settings.ts';
import { folded } from './extras.ts';
import { checkSite } from './site.ts';
import { isFlat } from './suite-layout.ts';
import { checkUpgrades } from './upgrade-settings.ts';

/** Returns all failures, in the order of the file; none for a valid config. */
export function checkConfig(config: ConfigFile): CheckFailure[] {
  return [
    ...duplicates(
      config.mirrors.map((mirror) => mirror.id),
      (index) => ['mirrors', index, 'id'],
    ),
    ...config.mirrors.flatMap(checkMirror),
    ...duplicates(
      (config.targets ?? []).map((target) => target.name),
      (index) => ['targets', index, 'name'],
    ),
    ...(config.targets ?? []).flatMap((target, index) => checkTarget(config, target, index)),
    ...duplicates(
      config.upgrades.map(({ name }) => name),
      (index) => ['upgrades', index, 'name'],
    ),
    ...checkUpgrades(config.upgrades, config.targets ?? []),
    ...duplicates(
      config.extras.map(({ name }) => folded(name)),
      (index) => ['extras', index, 'name'],
    ),
    ...config.extras.flatMap(({ name }, index) =>
      folded(name).startsWith(advisoryPrefix)
        ? [
            {
              path: ['extras', index, 'name'],
              message: `names that begin with "${advisoryPrefix}" are those of the security data`,
            },
          ]
        : [],
    ),
    ...duplicates(
      config.advisories.map(({ name }) => name),
      (index) => ['advisories', index, 'name'],
    ),
    ...checkAdvisories(config.advisories),
    ...checkSite(config.site),
  ];
}

function checkMirror(mirror: ConfigFile['mirrors'][number], index: number): CheckFailure[] {
  const skipped = new Set(mirror.skip?.packages);
  const failures: CheckFailure[] = [];
  const { components } = mirror;
  if (isFlat(mirror.suite) && components.length > 0)
    failures.push({
      path: ['mirrors', index, 'components'],
      message: `expected none: the suite "${mirror.suite}" is the directory of a flat repository, which has no components`,
    });
  if (!isFlat(mirror.suite) && components.length === 0)
    failures.push({
      path: ['mirrors', index, 'components'],
      message: 'expected a list with at least 1 entry; only a flat repository (suite: ./ or path/) has none',
    });
  if (mirror.clientKey !== undefined && mirror.clientCertificate === undefined)
    failures.push({
      path: ['mirrors', index, 'clientKey'],
      message: 'expected clientCertificate beside it: the certificate that this key belongs to',
    });
  for (const [position, name] of (mirror.include?.packages ?? []).entries()) {
    if (skipped.has(name))
      failures.push({
        path: ['mirrors', index, 'include', 'packages', position],
        message: `"${name}" is in skip.packages of the same mirror too: keep one of them`,
      });
  }
  return failures;
}

function checkTarget(
  config: ConfigFile,
  target: NonNullable<ConfigFile['targets']>[number],
  index: number,
): CheckFailure[] {
  const ids = config.mirrors.map((mirror) => mirror.id);
  const unknown = target.mirrors.flatMap((id, position) => {
    if (ids.includes(id)) return [];
    return [
      {
        path: ['targets', index, 'mirrors', position],
        message: `no mirror of this config has the id "${id}"${didYouMean(id, ids)}`,
      },
    ];
  });
  const outside = (target.notAutomatic ?? []).flatMap((id, position) => {
    if (target.mirrors.includes(id)) return [];
    return [
      {
        path: ['targets', index, 'notAutomatic', position],
        message: `"${id}" is not among the mirrors of this target${didYouMean(id, target.mirrors)}`,
      },
    ];
  });
  return [...unknown, ...outside, ...unservedArchitectures(config, target, index)];
}

/** A target for an architecture that none of its mirrors has would leave its hosts without packages. */
function unservedArchitectures(
  config: ConfigFile,
  target: NonNullable<ConfigFile['targets']>[number],
  index: number,
): CheckFailure[] {
  const mirrors = config.mirrors.filter((mirror) => target.mirrors.includes(mirror.id));
  if (mirrors.length === 0) return [];
  const served = new Set(mirrors.flatMap((mirror) => mirror.architectures ?? config.architectures));
  return (target.architectures ?? []).flatMap((architecture, position) => {
    if (served.has(architecture)) return [];
    return [
      {
        path: ['targets', index, 'architectures', position],
        message: `no mirror of this target has the architecture "${architecture}", only ${[...served].join(', ')}`,
      },
    ];
  });
}

function duplicates(
  names: readonly string[],
  pathOf: (index: number) => (string | number)[],
): CheckFailure[] {
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    return [{ path: pathOf(index), message: `"${name}" is taken already: each needs a name of its own` }];
  });
}
