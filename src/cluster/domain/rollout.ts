/**
 * Defines the rollout: one file in /etc/pve, the same on every node. Its creator holds the cluster. It says which node
 * is being worked on, and what must be true of that node before the next one is started.
 */
import { z } from 'zod';
import { entriesOf, namedOf, namedSchema, valueOf, withValue } from '../../core/domain/named.ts';
import { timeSchema } from '../../core/domain/time.ts';
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
});
export type RolloutNode = z.infer<typeof rolloutNodeSchema>;

export const rolloutSchema = z.strictObject({
  schema: z.literal('pommgr/rollout/v1'),
  /** `USER@HOST`, or what --owner said. */
  owner: z.string().min(1).max(200),
  started: timeSchema,
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
  plannedKernel?: string | undefined;
  plannedVersion?: string | undefined;
}

/** Returns the rollout after a gate answered go. */
export function advance(rollout: Rollout | null, step: RolloutStep): Rollout {
  const { owner, node, before, now, booted } = step;
  const base = rollout ?? {
    schema: 'pommgr/rollout/v1' as const,
    owner,
    started: now,
    nodes: namedOf<RolloutNode>([]),
  };
  const earlier = valueOf(base.nodes, node);
  const isFresh = earlier === undefined || earlier.step === 'back';
  const bootedBefore = before === 'reboot' ? booted : isFresh ? null : earlier.bootedBefore;
  return {
    ...base,
    owner,
    nodes: withValue<RolloutNode>(base.nodes, node, {
      step: before === 'next' ? 'back' : before,
      since: now,
      bootedBefore,
      plannedKernel: step.plannedKernel ?? earlier?.plannedKernel ?? null,
      plannedVersion: step.plannedVersion ?? earlier?.plannedVersion ?? null,
    }),
  };
}

/** Defines the report of `cluster status`. */
export interface RolloutStatus {
  /** Null where nobody holds the cluster. */
  rollout: {
    owner: string;
    started: string;
    ageSeconds: number;
    /** By name; the step is the last one that was let go. */
    nodes: { node: string; step: RolloutNode['step']; since: string; ageSeconds: number }[];
  } | null;
}
