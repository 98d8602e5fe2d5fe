/** Implements `pommgr cluster plan`: facts of the whole cluster -> the order of its nodes. Changes nothing. */
import type { Context } from '../../core/domain/progress.ts';
import { usualClusterFiles } from '../adapters/cluster-files.ts';
import { readPlanFacts } from '../adapters/plan-facts.ts';
import { usualMigrationBytesPerSecond } from '../domain/plan-node.ts';
import { planRollout } from '../domain/plan-rollout.ts';
import type { ClusterPlan } from '../domain/plan.ts';

export interface PlanRequest {
  /** Files with what `pommgr forecast --json` printed on nodes. */
  forecastFiles: readonly string[];
  /** Default: about what one link of 1 Gbit/s moves. */
  migrationBytesPerSecond?: number;
  /** Where pmxcfs is mounted. Default: /etc/pve. */
  clusterFiles?: string;
  context: Context;
}

export async function plan(request: PlanRequest): Promise<ClusterPlan> {
  const { context, forecastFiles, clusterFiles = usualClusterFiles } = request;
  const { migrationBytesPerSecond = usualMigrationBytesPerSecond } = request;
  const { now, signal } = context;
  context.progress.step('Asking the cluster about its nodes');
  const facts = await readPlanFacts({ now, signal, clusterFiles, forecastFiles });
  return planRollout(facts, { migrationBytesPerSecond });
}
