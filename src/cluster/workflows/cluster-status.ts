/** Implements `pommgr cluster status`: the current rollout, from the file in /etc/pve. Changes nothing. */
import { entriesOf } from '../../core/domain/named.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readRollout } from '../adapters/cluster-facts.ts';
import { usualClusterFiles } from '../adapters/cluster-files.ts';
import type { RolloutStatus } from '../domain/rollout.ts';

/** @throws PommgrError `state.rollout` where the file cannot be read or understood: then nobody knows who holds the cluster. */
export async function clusterStatus(options: {
  clusterFiles?: string;
  context: Context;
}): Promise<RolloutStatus> {
  const { context, clusterFiles = usualClusterFiles } = options;
  const rollout = await readRollout({ now: context.now, signal: context.signal, clusterFiles });
  if (!rollout.isKnown) {
    throw new PommgrError('state.rollout', `${rollout.source} says nothing: ${rollout.why}.`, {
      hints: ['Run this on a node of the cluster, while pmxcfs runs (systemctl status pve-cluster).'],
      details: { source: rollout.source },
    });
  }
  const { value } = rollout;
  if (value === null) return { rollout: null };
  const seconds = (time: string): number => Math.round((context.now().getTime() - Date.parse(time)) / 1000);
  return {
    rollout: {
      owner: value.owner,
      started: value.started,
      ageSeconds: seconds(value.started),
      nodes: entriesOf(value.nodes).map(([node, { step, since }]) => ({
        ...{ node, step, since, ageSeconds: seconds(since) },
      })),
    },
  };
}
