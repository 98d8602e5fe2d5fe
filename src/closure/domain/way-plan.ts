/** Gathers the proofs of the stages of a major upgrade by host: what each stage will do there, as apt planned it. */
import type { HostProof, TargetProof } from './lock-proof.ts';

export interface PlannedWay {
  way: string;
  /** In the order of the proof. */
  hosts: { host: string; stages: PlannedHostStage[] }[];
}

export interface PlannedHostStage extends Pick<HostProof, 'hindrances'> {
  number: number;
  kind: NonNullable<TargetProof['stage']>['kind'];
  target: string;
  /** Target of the stage whose result the plan starts from; null for the lock itself. */
  after: string | null;
  /** Packages that the upgrade installs, upgrades and removes. */
  install: number;
  upgrade: number;
  remove: number;
}

/** Returns the ways in the order of their first stage; none where the proof has no stages. */
export function plannedWays(targets: readonly TargetProof[]): PlannedWay[] {
  const ways = new Map<string, Map<string, PlannedHostStage[]>>();
  for (const { target, stage, hosts } of targets) {
    if (stage === undefined) continue;
    const { way, number, kind } = stage;
    const byHost = ways.get(way) ?? new Map<string, PlannedHostStage[]>();
    ways.set(way, byHost);
    for (const { host, after = null, hindrances, jobs } of hosts) {
      const upgraded = jobs.find(({ job }) => job === 'upgrade');
      if (host === null || upgraded === undefined) continue;
      const { install, upgrade, remove } = upgraded;
      const planned = { number, kind, target, after, install, upgrade, remove };
      const known = byHost.get(host) ?? [];
      byHost.set(host, [...known, { ...planned, ...(hindrances === undefined ? {} : { hindrances }) }]);
    }
  }
  return [...ways].map(([way, byHost]) => ({
    way,
    hosts: [...byHost].map(([host, stages]) => ({
      host,
      stages: stages.toSorted((a, b) => a.number - b.number),
    })),
  }));
}
