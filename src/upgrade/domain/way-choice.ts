/** Chooses the way of a major upgrade that is for a host. Pure. */
import type { Host } from '../../apt/domain/host.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface WayWishes {
  host: Host;
  /** Target of this baseline that apt sees; null for none. */
  applied: string | null;
  targets: readonly Target[];
  /** Name of the way, where one is asked for. */
  name: string | undefined;
  /** Name, for messages. */
  baseline: string;
}

/**
 * Returns the way that the applied target belongs to, else the only one that has a stage for the host's products,
 * release and architecture; of several, the one whose products are exactly the host's.
 * @throws PommgrError `state.upgrade` where no way fits, or several do.
 */
export function chooseWay(ways: readonly UpgradeWay[], wishes: WayWishes): UpgradeWay {
  const { host, applied, targets, name, baseline } = wishes;
  const named = name === undefined ? ways : ways.filter((way) => way.name === name);
  const fitting = named.filter(({ stages }) => stagesFit(stages, { host, targets }));
  for (const some of [
    fitting.filter(({ stages }) => applied !== null && stages.includes(applied)),
    fitting,
    fitting.filter(({ stages }) =>
      targets.some((target) => stages.includes(target.name) && isExact(target, host)),
    ),
  ]) {
    const [way] = some;
    if (way !== undefined && some.length === 1) return way;
  }
  const expected = `${host.products.join(' + ')} on ${host.codename} (${host.architecture})`;
  const found = named.map((way) => `${way.name} (${way.stages.join(', ')})`).join('; ') || 'none';
  if (fitting.length > 1) {
    throw new PommgrError(
      'state.upgrade',
      `Several ways of ${baseline} fit this host, ${expected}: ${found}.`,
      {
        hints: ['Choose one with --way NAME.'],
        details: { host, ways },
      },
    );
  }
  throw new PommgrError(
    'state.upgrade',
    `${baseline} has no way of a major upgrade for this host: expected one for ${expected}, found ${found}.`,
    {
      hints: [
        'Bring a bundle of a config with "upgrades", such as those of "pommgr init --preset upgrade-…", with "pommgr apply --media DIR".',
      ],
      details: { host, ways },
    },
  );
}

/** Whether all stages are in the bundle and are for the host, one of them for its present release. */
function stagesFit(
  stages: readonly string[],
  { host, targets }: Pick<WayWishes, 'host' | 'targets'>,
): boolean {
  const own = stages.flatMap((stage) => targets.find((target) => target.name === stage) ?? []);
  return (
    own.length === stages.length &&
    own.some(({ codename }) => codename === host.codename) &&
    own.every(
      ({ products, architectures }) =>
        host.products.every((product) => products.includes(product)) &&
        architectures.includes(host.architecture),
    )
  );
}

function isExact({ products }: Target, host: Host): boolean {
  return products.length === host.products.length;
}
