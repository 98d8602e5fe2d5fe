/** Implements `pommgr cluster steps`: the runbook for doing a rollout by hand, from a plan that is made or was made. */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { issuesText } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  renderSheet,
  type SheetFormat,
  type SheetLanguage,
} from '../../subscription/workflows/render-sheet.ts';
import { planDocumentSchema, type ClusterPlan } from '../domain/plan.ts';
import { clusterStepsView } from '../domain/steps-view.ts';
import { plan, type PlanRequest } from './plan.ts';

export interface ClusterStepsOptions extends PlanRequest {
  /** What `cluster plan --json` printed. Default: a plan is made now. */
  planFile?: string | undefined;
  owner: string;
  /** Where the nodes mount the medium. */
  media: string;
  format: SheetFormat;
  lang: SheetLanguage;
}

export interface ClusterStepsResult {
  text: string;
  verdict: ClusterPlan['verdict'];
}

/** @throws PommgrError `usage.plan` for a file that is no plan, or a plan without nodes. */
export async function clusterSteps(options: ClusterStepsOptions): Promise<ClusterStepsResult> {
  const { planFile, format, lang } = options;
  const made = planFile === undefined ? await plan(options) : await readPlan(planFile);
  if (made.nodes.length === 0) throw noNodes(made.problems);
  const text = await renderSheet('cluster-steps', clusterStepsView(made, options), { format, lang });
  return { text, verdict: made.verdict };
}

async function readPlan(file: string): Promise<ClusterPlan> {
  try {
    const result = planDocumentSchema.safeParse(JSON.parse(await readPlainText(file)));
    if (result.success) return result.data.result;
    throw notAPlan(file, issuesText(result.error));
  } catch (error) {
    if (isAbsent(error)) throw notAPlan(file, 'there is no such file');
    if (error instanceof SyntaxError) throw notAPlan(file, error.message);
    throw error;
  }
}

function notAPlan(file: string, why: string): PommgrError {
  return new PommgrError('usage.plan', `${file} is not a plan of a rollout: ${why}.`, {
    hints: ['On a node of the cluster run "pommgr cluster plan --json > FILE".'],
    details: { file },
  });
}

function noNodes(problems: readonly string[]): PommgrError {
  return new PommgrError('usage.plan', `The plan has no node: ${problems.join('; ')}.`, {
    hints: ['Run this on a node of the cluster, or name a plan that was made there with --plan.'],
    details: { problems },
  });
}
