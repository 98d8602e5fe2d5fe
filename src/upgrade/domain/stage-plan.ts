/**
 * Judges apt's plan of one stage: what must stay is never removed, a stage does only what its kind is for, and nothing
 * is held back. Pure.
 */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { StageKind } from '../../apt/domain/upgrade-way.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Refusal } from '../../forecast/domain/forecast.ts';
import { refusalsOf, type RemovedPackage } from '../../forecast/domain/refusals.ts';
import type { Gaps } from '../../host/domain/gaps.ts';

/** Why a stage must not be done as apt plans it. */
export interface StageRefusal {
  kind: Refusal['kind'] | 'downgrade' | 'kept-back' | 'not-installable';
  /** Name of the package. */
  package: string;
  what: string;
  hint: string;
}

export interface StagePlan {
  kind: StageKind;
  plan: UpgradePlan;
  removed: readonly RemovedPackage[];
  gaps: Pick<Gaps, 'keptBack' | 'notInstallable'>;
  /** Names of the installed packages. */
  installed: ReadonlySet<string>;
}

/** Packages of a node that stores data: a host without them has only Ceph's client, which has no order to keep. */
const cephDaemons = ['ceph-mon', 'ceph-osd', 'ceph-mgr', 'ceph-mds', 'radosgw'];

export function stageRefusals(stage: StagePlan): StageRefusal[] {
  const { plan, removed, gaps } = stage;
  return [
    ...refusalsOf(plan, removed)
      .filter((refusal) => !isMeant(refusal, stage))
      .map((refusal) => ({ ...refusal, hint: hintOf(refusal, stage) })),
    ...plan.downgrade.map(({ name, from, to }) => ({
      kind: 'downgrade' as const,
      package: name,
      what: `apt would replace ${name} ${from} by the older ${to}.`,
      hint: 'Remove the pin of priority 1000 or more that asks for it from /etc/apt/preferences.d.',
    })),
    ...gaps.keptBack.map(({ name, installed, baseline }) => ({
      kind: 'kept-back' as const,
      package: name,
      what: `apt would keep ${name} ${installed} back, and not upgrade it to ${baseline}.`,
      hint: `Look whether it is held ("apt-mark showhold"), and which package it conflicts with ("apt-get -s install ${name}").`,
    })),
    ...gaps.notInstallable.map(({ name, why }) => ({
      kind: 'not-installable' as const,
      package: name,
      what: `apt cannot install ${name}, which the target promises: ${why}.`,
      hint: 'Leave a report ("pommgr host report --media DIR") and have a baseline made for this host as it is now.',
    })),
  ];
}

/** Returns whether the refusal of an everyday upgrade is what this stage is for. */
function isMeant({ kind }: Refusal, { kind: stage, installed }: StagePlan): boolean {
  if (kind === 'release') return stage === 'release';
  if (kind !== 'ceph') return false;
  return stage === 'ceph' || !cephDaemons.some((name) => installed.has(name));
}

function hintOf({ kind }: Refusal, { kind: stage }: StagePlan): string {
  if (kind === 'ceph')
    return 'Ceph is upgraded in a stage of its own: have a bundle packed whose targets keep the Ceph release here.';
  if (kind === 'release')
    return `The stage is not for a new release (${stage}): look for a target with the mirrors of another release.`;
  return 'Look for held packages and for packages of other sources that conflict; "apt-get -s dist-upgrade" shows why.';
}

/** Maximum number of refusals in a message. */
const namedAtOnce = 12;

/** @throws PommgrError `refused.stage` with every reason. */
export function admitStagePlan(target: string, refusals: readonly StageRefusal[]): void {
  if (refusals.length === 0) return;
  const lines = refusals.slice(0, namedAtOnce).map(({ what }) => `  ${what}`);
  const more = refusals.length - lines.length;
  throw new PommgrError(
    'refused.stage',
    [
      `The stage ${target} must not be done as apt plans it:`,
      ...lines,
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
    { hints: [...new Set(refusals.map(({ hint }) => hint))], details: { target, refusals } },
  );
}
