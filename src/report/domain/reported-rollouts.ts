/** The rollouts of the site's clusters as the report shows them: who was let do what, and on how many gates. */
import type { RecordGap, RolloutRecord } from '../../hosts/domain/rollout-record.ts';

export interface ReportedRollout {
  rollout: string;
  begun: string;
  owners: string[];
  steps: RolloutStepTaken[];
  gaps: RecordGap[];
}

export interface RolloutStepTaken {
  number: number;
  time: string;
  /** Null for the release of the cluster. */
  node: string | null;
  step: 'drain' | 'upgrade' | 'reboot' | 'next' | 'release';
  owner: string;
  /** The host that judged and signed. */
  host: string;
  /** Gates that were judged. */
  gates: number;
  logs: { name: string; sha256: string }[];
}

/** The newest first. */
export function reportedRollouts(records: readonly RolloutRecord[]): ReportedRollout[] {
  return records.toReversed().map(({ rollout, begun, owners, entries, gaps }) => ({
    ...{ rollout, begun, owners, gaps },
    steps: entries.map(({ entry }) => ({
      ...{ number: entry.number, time: entry.time, node: entry.node, step: entry.step },
      ...{ owner: entry.owner, host: entry.host.name, gates: entry.checks.length },
      logs: entry.logs.map(({ name, sha256 }) => ({ name, sha256 })),
    })),
  }));
}
