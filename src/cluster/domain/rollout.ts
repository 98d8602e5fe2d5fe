/**
 * Defines the rollout: one file in /etc/pve, the same on every node. Its creator holds the cluster. It says which node
 * is being worked on, and what must be true of that node before the next one is started.
 */
import { z } from 'zod';
import { entriesOf, namedOf, namedSchema, valueOf, withValue } from '../../core/domain/named.ts';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { digestOf, sha256Schema } from '../../core/domain/digest.ts';
import { rolloutIdSchema } from '../../hosts/domain/rollout-entry.ts';
import { timeSchema } from '../../core/domain/time.ts';
import type { PlannedState } from './planned-state.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

/** In /etc/pve. */
export const rolloutFileName = 'pommgr-rollout.json';

const nodeStepSchema = z.enum(['drain', 'upgrade', 'reboot', 'back']);

const rolloutNodeSchema = z.strictObject({
  /** Last step that got a go; `back` after that of `next`. */
  step: nodeStepSchema,
  /** When that was. */
  since: timeSchema,
  /** Start time of the node before its reboot; seconds since 1970. Null where no reboot got a go. */
  bootedBefore: z.number().nonnegative().nullable(),
  /** Kernel that the node must run afterwards; null for any. */
  plannedKernel: z.string().nullable(),
  plannedVersion: z.string().nullable(),
  /** Versions that its packages must have afterwards, by name; null where no upgrade got a go. */
  plannedPackages: namedSchema(z.string(), z.string()).nullable(),
});
export type RolloutNode = z.infer<typeof rolloutNodeSchema>;

export const rolloutSchema = z.strictObject({
  schema: z.literal('pommgr/rollout/v1'),
  /** Names its record; it stays when another owner takes over. */
  id: rolloutIdSchema,
  /** `USER@HOST`, or what --owner said. */
  owner: z.string().min(1).max(200),
  started: timeSchema,
  /** What all nodes are upgraded to: that of the first forecast. Null before it. */
  baseline: z.strictObject({ name: baselineNameSchema, digest: sha256Schema }).nullable(),
  /** How many entries its signed record has, and the digest of the last one; null before the first. */
  record: z.strictObject({ entries: z.int().positive(), sha256: sha256Schema }).nullable(),
  nodes: namedSchema(z.string(), rolloutNodeSchema),
});
export type Rollout = z.infer<typeof rolloutSchema>;

export const rolloutKind: DocumentKind<Rollout> = { noun: 'rollout', schema: rolloutSchema };

/** Returns nodes that were started and are not proven back. */
export function unfinishedNodes({ nodes }: Rollout): string[] {
  return entriesOf(nodes)
    .filter(([, { step }]) => step !== 'back')
    .map(([node]) => node);
}

/** Returns whether every node of the cluster is done: then the rollout blocks nobody. */
export function isDone(rollout: Rollout, names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => valueOf(rollout.nodes, name)?.step === 'back');
}

export interface RolloutStep {
  owner: string;
  node: string;
  before: 'drain' | 'upgrade' | 'reboot' | 'next';
  now: string;
  /** When the node was started. */
  booted: number;
  /** What the forecast promises; undefined for steps other than the upgrade. */
  planned?: PlannedState | undefined;
  plannedKernel?: string | undefined;
  plannedVersion?: string | undefined;
}

/** Returns the rollout after a gate answered go. */
export function advance(rollout: Rollout | null, step: RolloutStep): Rollout {
  const { owner, node, before, now, booted, planned } = step;
  const base = rollout ?? {
    schema: 'pommgr/rollout/v1' as const,
    ...{ id: rolloutId(owner, now), owner, started: now, baseline: null, record: null },
    nodes: namedOf<RolloutNode>([]),
  };
  const last = valueOf(base.nodes, node);
  // A node that was done is begun anew.
  const earlier = last?.step === 'back' ? undefined : last;
  return {
    ...base,
    owner,
    baseline: base.baseline ?? planned?.baseline ?? null,
    nodes: withValue<RolloutNode>(base.nodes, node, {
      step: before === 'next' ? 'back' : before,
      since: now,
      bootedBefore: before === 'reboot' ? booted : (earlier?.bootedBefore ?? null),
      plannedKernel: step.plannedKernel ?? earlier?.plannedKernel ?? planned?.kernel ?? null,
      plannedVersion: step.plannedVersion ?? earlier?.plannedVersion ?? null,
      plannedPackages: planned?.packages ?? earlier?.plannedPackages ?? null,
    }),
  };
}

function rolloutId(owner: string, started: string): string {
  return `${started.replaceAll(/[-:]/g, '')}-${digestOf({ owner, started }).slice(0, 16)}`;
}

/** Defines the report of `cluster status`. */
export interface RolloutStatus {
  /** Null where nobody holds the cluster. */
  rollout: {
    id: string;
    owner: string;
    started: string;
    ageSeconds: number;
    /** What all nodes are upgraded to; null before the first upgrade. */
    baseline: string | null;
    /** Entries of the signed record. */
    entries: number;
    /** By name; the step is the last one that was let go. */
    nodes: { node: string; step: RolloutNode['step']; since: string; ageSeconds: number }[];
    /** Nodes that were not begun; null where the nodes of the cluster are unknown. */
    waiting: string[] | null;
    /** Nodes that are not online now; null where that is unknown. */
    offline: string[] | null;
  } | null;
}
