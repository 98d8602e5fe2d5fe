/**
 * Defines the plan of a rollout: the order of the nodes, what each needs, and what stands in the way. Invariant: it
 * permits nothing; only the gates do, when their time comes. What is unknown is a problem.
 */
import { z } from 'zod';
import { timeSchema } from '../../core/domain/time.ts';

const count = z.int().nonnegative();
const vmid = z.int().positive();
const texts = z.array(z.string());

const guestsSchema = z.strictObject({
  running: count,
  /** Memory of the running ones. */
  memoryBytes: count,
  /** Numbers of guests that are not running; they stay. */
  stopped: z.array(vmid),
  /** Running guests that can be migrated. */
  moving: z.array(z.strictObject({ vmid, type: z.enum(['qemu', 'lxc']), isByHa: z.boolean() })),
  /** Running guests that cannot be migrated. */
  cannotMove: z.array(z.strictObject({ vmid, type: z.enum(['qemu', 'lxc']), reasons: texts })),
});
export type PlannedGuests = z.infer<typeof guestsSchema>;

const memorySchema = z.strictObject({
  fits: z.boolean(),
  /** Free memory of the other nodes while this one is drained, in percent of all that they have. */
  sparePercent: z.int(),
  withoutRoom: z.array(vmid),
  /** Whether all guests still fit if another node fails meanwhile. */
  toleratesFailure: z.boolean(),
  /** Least time for moving the memory at the rate that was named. */
  drainSeconds: count,
});
export type PlannedMemory = z.infer<typeof memorySchema>;

const daemonSchema = z.strictObject({
  /** `osd.3` */
  name: z.string(),
  /** What runs. */
  version: z.string(),
  /** An MGR or MDS that is active, or a MON in quorum. */
  isActive: z.boolean(),
  /** Whether the upgrade brings another version; null where that is unknown. */
  isRestarted: z.boolean().nullable(),
});
export type PlannedDaemon = z.infer<typeof daemonSchema>;

const packagesSchema = z.strictObject({
  /** The baseline of the forecast; null without one. */
  baseline: z.string().nullable(),
  /** Packages that change: all by the forecast, without one those of Proxmox. */
  changes: count,
  kernel: z.strictObject({ running: z.string(), planned: z.string() }),
});
export type PlannedPackages = z.infer<typeof packagesSchema>;

const rebootSchema = z.strictObject({
  /** Null where no kernel comes and no forecast tells of other reasons. */
  isDue: z.boolean().nullable(),
  reasons: texts,
});
export type PlannedReboot = z.infer<typeof rebootSchema>;

const nodeSchema = z.strictObject({
  node: z.string(),
  isHere: z.boolean(),
  isHaMaster: z.boolean(),
  /** Why it stands at this place in the order. */
  why: texts,
  guests: guestsSchema,
  memory: memorySchema,
  /** Services of HA that leave it. */
  haServices: count,
  /** Empty where it runs no Ceph daemon. */
  ceph: z.array(daemonSchema),
  packages: packagesSchema.nullable(),
  reboot: rebootSchema,
  problems: texts,
});
export type PlannedNode = z.infer<typeof nodeSchema>;

const planSchema = z.strictObject({
  /** `stop` where any node, or the cluster, has a problem. */
  verdict: z.enum(['go', 'stop']),
  /** The node that answered; null where that is unknown. */
  here: z.string().nullable(),
  plannedAt: timeSchema,
  /** In the order in which they are to be done; none where the cluster is unknown. */
  nodes: z.array(nodeSchema),
  /** Problems of the cluster as a whole. */
  problems: texts,
});
export type ClusterPlan = z.infer<typeof planSchema>;

/** What `pommgr cluster plan --json` printed. */
export const planDocumentSchema = z.object({
  schema: z.string().refine((schema) => schema === 'pommgr/cluster-plan-result/v1', 'expected a plan'),
  result: planSchema,
});
