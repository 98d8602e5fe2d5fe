/** Implements `pommgr cluster gate`: facts -> verdict and, on request, the record of a go in the rollout. */
import { formatTime } from '../../core/domain/time.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { Asking } from '../adapters/ask.ts';
import { readGateFacts } from '../adapters/cluster-facts.ts';
import { usualClusterFiles } from '../adapters/cluster-files.ts';
import { writeRollout } from '../adapters/rollout-file.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readPlanFacts } from '../adapters/plan-facts.ts';
import type { Check, GateFacts, GateQuestion } from '../domain/check.ts';
import { usualMigrationBytesPerSecond } from '../domain/plan-node.ts';
import { planRollout } from '../domain/plan-rollout.ts';
import type { ClusterPlan } from '../domain/plan.ts';
import { recordStep } from './record-step.ts';
import { judge, type GateReport } from '../domain/gate.ts';
import { rolloutAfterGo } from '../domain/rollout-after-go.ts';

export interface GateOptions extends Omit<GateQuestion, 'hasForecast'> {
  /** File with what `pommgr forecast --json` printed on the node. */
  forecast?: string | undefined;
  /** Writes a go into the rollout, which takes or keeps the cluster for this owner. */
  record: boolean;
  plannedVersion?: string | undefined;
  /** Where the signed record is kept. Default: the store of this host. */
  store?: string | undefined;
  /** Logs of what was done since the last go; their digests go into the record. */
  logFiles?: readonly string[] | undefined;
  /** Where pmxcfs is mounted. Default: /etc/pve. */
  clusterFiles?: string;
  context: Context;
}

/** @throws PommgrError `state.rollout` where the record of a go cannot be written: then nothing may be done. */
export async function gate(options: GateOptions): Promise<GateReport> {
  const { node, context, record, forecast } = options;
  checkNodeName(node);
  context.progress.step(`Asking the cluster about ${node}`);
  const facts = await readGateFacts(node, { ...askingOf(options), forecast });
  const verdict = judge(facts, { ...options, hasForecast: forecast !== undefined });
  const recorded = record && verdict.verdict === 'go';
  if (recorded) await recordGo(facts, { ...options, checks: verdict.checks });
  return { ...verdict, checkedAt: formatTime(facts.now), recorded };
}

async function recordGo(facts: GateFacts, options: GateOptions & { checks: Check[] }): Promise<void> {
  const after = rolloutAfterGo(facts, options);
  if (after === null) throw notRecorded(options.node);
  const { clusterFiles } = askingOf(options);
  await recordStep({
    ...after,
    ...{ time: formatTime(facts.now), step: options.before, node: options.node, checks: options.checks },
    ...{ facts, store: options.store, logFiles: options.logFiles ?? [] },
    plan: after.isNew ? await planOf(options) : null,
    commit: (next) => writeRollout(clusterFiles, { judged: after.judged, next }),
  });
}

/** A rollout's first entry has the plan of all nodes, so that the record says what was meant. */
async function planOf(options: GateOptions): Promise<ClusterPlan> {
  return planRollout(await readPlanFacts({ ...askingOf(options), forecastFiles: [] }), {
    migrationBytesPerSecond: usualMigrationBytesPerSecond,
  });
}

function askingOf({ context, clusterFiles = usualClusterFiles }: GateOptions): Asking {
  return { now: context.now, signal: context.signal, clusterFiles };
}

function notRecorded(node: string): PommgrError {
  return new PommgrError(
    'state.rollout',
    `The go for ${node} could not be recorded: not all is known that it holds.`,
    {
      hints: ['Do nothing yet. "pommgr cluster status" says who holds the cluster; then ask the gate again.'],
      details: { node },
    },
  );
}

/** The name becomes part of a path of the API and of /etc/pve. */
function checkNodeName(node: string): void {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(node)) return;
  throw new PommgrError('usage.node', `Expected the name of a node, found ${JSON.stringify(node)}.`, {
    hints: ['"pvesh get /nodes" lists the names.'],
    details: { found: node },
  });
}
