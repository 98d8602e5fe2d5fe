/**
 * The answers that a plan needs beyond those of the gates, and the versions of a node's packages. Invariant: a member
 * that is missing, null or of another type makes the whole answer unknown.
 */
import { z } from 'zod';
import { cephStatusSchema } from './answers.ts';

const name = z.string().min(1).max(255);

const packageSchema = z.object({
  Package: name,
  /** The candidate. */
  Version: name,
  /** What is installed. */
  OldVersion: name.optional(),
  CurrentState: name,
  RunningKernel: name.optional(),
});

/** `/nodes/N/apt/versions`: the packages of Proxmox itself; the one with the kernel names the running one. */
export const versionsSchema = z.array(packageSchema).transform((entries, context) => {
  const kernels = entries.flatMap(({ RunningKernel }) => RunningKernel ?? []);
  const halfRead = entries.find(
    ({ CurrentState, OldVersion }) => CurrentState === 'Installed' && OldVersion === undefined,
  );
  const [runningKernel] = kernels;
  if (runningKernel === undefined || kernels.length > 1 || halfRead !== undefined) {
    const message =
      halfRead === undefined ? 'expected one running kernel' : `${halfRead.Package} has no version`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  return {
    runningKernel,
    packages: entries.map(({ Package, Version, OldVersion = '', CurrentState }) => ({
      name: Package,
      /** Null for a package that is not installed, or only in part. */
      installed: CurrentState === 'Installed' ? OldVersion : null,
      offered: Version,
    })),
  };
});
export type Versions = z.output<typeof versionsSchema>;

/** `/cluster/status` names the node that answers. */
export const hereSchema = z
  .array(z.looseObject({ type: name, name, local: z.union([z.literal(0), z.literal(1)]).optional() }))
  .transform((entries, context) => {
    const [here, ...more] = entries.filter(({ type, local }) => type === 'node' && local === 1);
    if (here !== undefined && more.length === 0) return here.name;
    context.addIssue({ code: 'custom', message: 'expected one local node' });
    return z.NEVER;
  });

/** `/cluster/ha/status/manager_status`; a cluster whose HA never ran has no master. */
export const haMasterSchema = z
  .object({ manager_status: z.object({ master_node: name.optional() }) })
  .transform(({ manager_status: manager }) => manager.master_node ?? null);

/** `ceph status`, with the active MDS daemons. */
export const cephPlanStatusSchema = cephStatusSchema.extend({
  fsmap: z.object({ by_rank: z.array(z.object({ name, status: name })) }),
});
export type CephPlanStatus = z.infer<typeof cephPlanStatusSchema>;

const versionShort = z.object({ hostname: name, ceph_version_short: name });

/** `ceph mon|mgr|mds metadata` */
export const cephMetadataSchema = z.array(versionShort.extend({ name }));

/** `ceph osd metadata` */
export const osdMetadataSchema = z.array(versionShort.extend({ id: z.int().nonnegative() }));

/** `ceph mgr stat` */
export const managerStatSchema = z.object({ active_name: z.string() });

/** A Ceph daemon, on the node that runs it. */
export interface CephDaemon {
  kind: 'mon' | 'mgr' | 'osd' | 'mds';
  id: string;
  node: string;
  /** What runs, as Ceph prints it: `19.2.3`. */
  version: string;
}
