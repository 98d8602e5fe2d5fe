/**
 * Implements `pommgr cluster status`: the rollout under way, from its file in /etc/pve and the nodes of the cluster.
 * Changes nothing.
 */
import type { Fact } from '../../core/domain/fact.ts';
import { jsonFact } from '../../core/domain/fact.ts';
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { askApi } from '../adapters/ask.ts';
import { readRollout } from '../adapters/cluster-facts.ts';
import { usualClusterFiles } from '../adapters/cluster-files.ts';
import { clusterStatusSchema } from '../domain/answers.ts';
import type { RolloutStatus } from '../domain/rollout.ts';

/** @throws PommgrError `state.rollout` where the file cannot be read or understood: then nobody knows who holds the cluster. */
export async function clusterStatus(options: {
  clusterFiles?: string;
  context: Context;
}): Promise<RolloutStatus> {
  const { context, clusterFiles = usualClusterFiles } = options;
  const asking = { now: context.now, signal: context.signal, clusterFiles };
  const rollout = await readRollout(asking);
  if (!rollout.isKnown) throw unknownRollout(rollout);
  const { value } = rollout;
  if (value === null) return { rollout: null };
  const status = jsonFact(await askApi('/cluster/status', asking), clusterStatusSchema);
  if (!status.isKnown) context.progress.warn(`The nodes are unknown: ${status.source}: ${status.why}.`);
  const nodes = status.isKnown ? status.value.nodes : null;
  const seconds = (time: string): number => Math.round((context.now().getTime() - Date.parse(time)) / 1000);
  return {
    rollout: {
      ...{ id: value.id, owner: value.owner, started: value.started, ageSeconds: seconds(value.started) },
      baseline: value.baseline?.name ?? null,
      entries: value.record?.entries ?? 0,
      nodes: entriesOf(value.nodes).map(([node, { step, since }]) => ({
        ...{ node, step, since, ageSeconds: seconds(since) },
      })),
      waiting:
        nodes?.map(({ name }) => name).filter((name) => valueOf(value.nodes, name) === undefined) ?? null,
      offline: nodes?.filter(({ online }) => online !== 1).map(({ name }) => name) ?? null,
    },
  };
}

export function unknownRollout({ source, why }: Fact<unknown> & { isKnown: false }): PommgrError {
  return new PommgrError('state.rollout', `${source} says nothing: ${why}.`, {
    hints: ['Run this on a node of the cluster, while pmxcfs runs (systemctl status pve-cluster).'],
    details: { source },
  });
}
