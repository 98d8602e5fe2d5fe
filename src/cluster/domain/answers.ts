/**
 * The answers of `pvesh get … --output-format json` and of Ceph that gates judge by: only the members that are used, each of
 * them required. Invariant: a member that is missing, null or of another type makes the whole answer unknown.
 */
import { z } from 'zod';
import { sha256Schema } from '../../core/domain/digest.ts';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { namedSchema } from '../../core/domain/named.ts';

const name = z.string().min(1).max(255);
const count = z.int().nonnegative();
const flag = z.union([z.literal(0), z.literal(1)]);
const epoch = z.number().nonnegative();

/** `/cluster/status`; a node on its own has no entry of the cluster, and no cluster to judge. */
export const clusterStatusSchema = z
  .array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('cluster'), name, nodes: count, quorate: flag }),
      z.object({ type: z.literal('node'), name, nodeid: count, online: flag }),
    ]),
  )
  .transform((entries, context) => {
    const [cluster, ...more] = entries.filter((entry) => entry.type === 'cluster');
    const nodes = entries.filter((entry) => entry.type === 'node');
    if (cluster === undefined || more.length > 0 || nodes.length !== cluster.nodes) {
      context.addIssue({ code: 'custom', message: 'it does not describe one cluster with all of its nodes' });
      return z.NEVER;
    }
    return { isQuorate: cluster.quorate === 1, nodes };
  });
export type ClusterStatus = z.output<typeof clusterStatusSchema>;

/** `/cluster/ha/status/manager_status`; `quorate` is a string there. */
export const haStatusSchema = z.object({
  manager_status: z.object({
    timestamp: epoch,
    node_status: namedSchema(name, z.string().min(1)),
    service_status: namedSchema(name, z.object({ node: name, state: z.string().min(1) })),
  }),
  quorum: z.object({ node: name, quorate: z.enum(['0', '1']) }),
  lrm_status: namedSchema(
    name,
    z.object({ mode: z.string().min(1), state: z.string().min(1), timestamp: epoch }),
  ),
});
export type HaStatus = z.infer<typeof haStatusSchema>;

/** `/cluster/ha/resources`; where it is empty, no HA manager ever wrote a status. */
export const haResourcesSchema = z.array(z.object({ sid: name }));

/** `/cluster/resources`, guests and nodes. */
export const resourcesSchema = z.array(z.looseObject({ type: name })).transform((entries, context) => {
  const guests: z.infer<typeof guestSchema>[] = [];
  const nodes: z.infer<typeof nodeSchema>[] = [];
  for (const entry of entries) {
    const isGuest = 'vmid' in entry || entry.type === 'qemu' || entry.type === 'lxc';
    if (!isGuest && entry.type !== 'node') continue;
    const result = isGuest ? guestSchema.safeParse(entry) : nodeSchema.safeParse(entry);
    if (!result.success) {
      const [issue] = result.error.issues;
      context.addIssue({ code: 'custom', message: `${issue?.path.join('.')}: ${issue?.message}` });
      return z.NEVER;
    }
    if ('vmid' in result.data) guests.push(result.data);
    else nodes.push(result.data);
  }
  return { guests, nodes };
});
const guestSchema = z.object({
  type: z.enum(['qemu', 'lxc']),
  vmid: z.int().positive(),
  node: name,
  status: z.enum(['running', 'stopped', 'paused', 'suspended', 'prelaunch']),
  maxmem: count,
});
const nodeSchema = z.object({ type: z.literal('node'), node: name, maxmem: count, mem: count });
export type Resources = z.output<typeof resourcesSchema>;
export type Guest = Resources['guests'][number];

/** `/cluster/tasks`; a task without an end is running. */
export const tasksSchema = z.array(
  z.object({ upid: name, node: name, type: name, starttime: epoch, endtime: epoch.optional() }),
);

/** `/cluster/backup` */
export const backupJobsSchema = z.array(
  z.object({
    id: name,
    enabled: flag.optional(),
    node: name.optional(),
    // Absent for a job that is off.
    'next-run': epoch.optional(),
  }),
);

/** `/nodes/N/replication` */
export const replicationSchema = z.array(
  z.object({
    id: name,
    disable: flag.optional(),
    next_sync: epoch,
    pid: count.optional(),
  }),
);

/** `/nodes/N/status` */
export const nodeStatusSchema = z.object({
  uptime: z.number().positive(),
  pveversion: name,
  'current-kernel': z.object({ release: name }),
  rootfs: z.object({ avail: count }),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

/** `/nodes/N/services` */
export const servicesSchema = z.array(z.object({ service: name, 'active-state': name }));

/** `/nodes/N/time`; seconds since 1970. */
export const timeSchema = z.object({ time: epoch });

/** `/cluster/options`: how HA balances. */
export const optionsSchema = z.object({
  crs: namedSchema(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** `ceph status --format json` */
export const cephStatusSchema = z.object({
  health: z.object({
    status: z.enum(['HEALTH_OK', 'HEALTH_WARN', 'HEALTH_ERR']),
    checks: namedSchema(
      z.string(),
      z.object({ severity: z.string(), summary: z.object({ message: z.string() }) }),
    ),
  }),
  quorum_names: z.array(name).min(1),
  monmap: z.object({ num_mons: z.int().positive() }),
  pgmap: z.object({
    num_pgs: count,
    pgs_by_state: z.array(z.object({ state_name: name, count })),
  }),
});

/** `ceph osd tree --format json`: hosts and their OSDs. */
export const osdTreeSchema = z
  .object({
    nodes: z.array(
      z.object({
        id: z.int(),
        name,
        type: name,
        children: z.array(z.int()).optional(),
        status: z.enum(['up', 'down']).optional(),
        reweight: z.number().optional(),
      }),
    ),
    stray: z.array(z.object({ id: z.int() })),
  })
  .refine(
    ({ nodes }) =>
      nodes.every(
        (node) => node.type !== 'osd' || (node.status !== undefined && node.reweight !== undefined),
      ),
    'an OSD without status or weight',
  );
export type OsdTree = z.infer<typeof osdTreeSchema>;

/** `ceph osd ok-to-stop ID… --format json`, which fails with the same document where the answer is no. */
export const okToStopSchema = z.object({ ok_to_stop: z.boolean(), osds: z.array(z.int()) });

/** What `pommgr forecast --json` printed on the node; only what gates and plans need of it. */
export const forecastSchema = z.object({
  // The document of a command; no file of pommgr's own.
  schema: z.string().refine((schema) => schema === 'pommgr/forecast-result/v1', 'expected a forecast'),
  result: z.object({
    subject: z.object({
      hostName: name,
      baseline: z.object({ name: baselineNameSchema, digest: sha256Schema }),
    }),
    verdict: z.enum(['go', 'stop']),
    sources: z.array(z.object({ changes: z.array(z.object({ name, action: name, to: name.nullable() })) })),
    reboot: z.array(z.object({ package: name.nullable(), what: z.string() })),
    refusals: z.array(z.object({ package: z.string(), what: z.string() })),
    unknown: z.array(z.string()),
  }),
});
export type NodeForecast = z.infer<typeof forecastSchema>;
