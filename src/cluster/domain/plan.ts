/**
 * Defines the plan of a rollout: the order of the nodes, what each needs, and what stands in the way. Invariant: it
 * permits nothing; only the gates do, when their time comes. What is unknown is a problem.
 */

export interface ClusterPlan {
  /** `stop` where any node, or the cluster, has a problem. */
  verdict: 'go' | 'stop';
  /** The node that answered; null where that is unknown. */
  here: string | null;
  plannedAt: string;
  /** In the order in which they are to be done; none where the cluster is unknown. */
  nodes: PlannedNode[];
  /** Problems of the cluster as a whole. */
  problems: string[];
}

export interface PlannedNode {
  node: string;
  isHere: boolean;
  /** Why it stands at this place in the order. */
  why: string[];
  guests: PlannedGuests;
  memory: PlannedMemory;
  /** Services of HA that leave it. */
  haServices: number;
  /** Empty where it runs no Ceph daemon. */
  ceph: PlannedDaemon[];
  packages: PlannedPackages | null;
  reboot: PlannedReboot;
  problems: string[];
}

export interface PlannedGuests {
  running: number;
  /** Memory of the running ones. */
  memoryBytes: number;
  /** Numbers of guests that are not running; they stay. */
  stopped: number[];
  /** Running guests that cannot be migrated. */
  cannotMove: { vmid: number; reasons: string[] }[];
}

export interface PlannedMemory {
  fits: boolean;
  /** Free memory of the other nodes while this one is drained, in percent of all that they have. */
  sparePercent: number;
  withoutRoom: number[];
  /** Whether all guests still fit if another node fails meanwhile. */
  toleratesFailure: boolean;
  /** Least time for moving the memory at the rate that was named. */
  drainSeconds: number;
}

export interface PlannedDaemon {
  /** `osd.3` */
  name: string;
  /** What runs. */
  version: string;
  /** An MGR or MDS that is active, or a MON in quorum. */
  isActive: boolean;
  /** Whether the upgrade brings another version; null where that is unknown. */
  isRestarted: boolean | null;
}

export interface PlannedPackages {
  /** The baseline of the forecast; null without one. */
  baseline: string | null;
  /** Packages that change: all by the forecast, without one those of Proxmox. */
  changes: number;
  kernel: { running: string; planned: string };
}

export interface PlannedReboot {
  /** Null where no kernel comes and no forecast tells of other reasons. */
  isDue: boolean | null;
  reasons: string[];
}
