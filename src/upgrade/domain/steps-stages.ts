/** Returns the stages of a way as the steps need them. */
import { stageKind, type UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { StepsStage } from './steps-view.ts';

export interface NamedTarget extends Pick<Target, 'name' | 'products' | 'codename'> {
  ceph: string | null;
}

export function stepsStages(way: UpgradeWay, targets: readonly NamedTarget[]): StepsStage[] {
  const own = way.stages.flatMap((name) => targets.find((target) => target.name === name) ?? []);
  return own.map(({ name, products, codename, ceph }, index) => ({
    number: index + 1,
    kind: stageKind(own[index - 1], { codename }),
    target: name,
    ...{ codename, products, ceph },
  }));
}

/** Returns the release of Ceph by the URIs or ids of a target's mirrors (`…/debian/ceph-squid`). */
export function cephOf(mirrors: readonly string[]): string | null {
  return mirrors.map((mirror) => /\bceph-([a-z]+)/.exec(mirror)?.[1]).find(Boolean) ?? null;
}
