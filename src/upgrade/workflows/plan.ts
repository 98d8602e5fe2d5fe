/**
 * Implements `pommgr upgrade-release plan`: each stage that is left, planned by this host's apt on the host as the stage
 * before leaves it. Changes nothing.
 */
import { hostName } from '../../apt/adapters/host-facts.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { summaryOf } from '../../forecast/domain/summary.ts';
import type { SimulatedHost } from '../../host/domain/simulated-host.ts';
import { workOnStore, type StoreOptions } from '../../host/workflows/work-on-store.ts';
import { holds } from '../../store/domain/held-targets.ts';
import type { PlacedStage } from '../domain/position.ts';
import type { PlannedStage, WayPlan } from '../domain/way-plan.ts';
import { judgeStage } from './judge-stage.ts';
import { openUpgrade, type Upgrade } from './open-upgrade.ts';

export interface PlanOptions extends Omit<StoreOptions, 'dryRun'> {
  baseline?: string | undefined;
  way?: string | undefined;
}

/** @throws PommgrError `state.no-store`, `state.baseline`, `state.upgrade`. */
export async function plan(options: PlanOptions): Promise<WayPlan> {
  const { baseline, way, context } = options;
  return workOnStore({ ...options, dryRun: true }, async ({ root, store }) => {
    const upgrade = await openUpgrade({ root, store, baseline, way });
    const stages = await planStages(upgrade, context);
    const { stored, aptRoot } = upgrade;
    const isRefused = stages.some(({ refusals, unplanned }) => refusals.length > 0 || unplanned !== null);
    return {
      verdict: isRefused ? 'stop' : 'go',
      root: aptRoot.root,
      store: store.directory,
      hostName: await hostName(aptRoot),
      baseline: { name: stored.baseline.name, digest: stored.baseline.digest },
      way: upgrade.way.name,
      stages,
    };
  });
}

async function planStages(upgrade: Upgrade, context: Context): Promise<PlannedStage[]> {
  const { position } = upgrade;
  const planned: PlannedStage[] = [];
  let host: SimulatedHost | undefined;
  let isKnown = !position.needsRepair;
  for (const stage of position.stages) {
    const bare = bareStage(stage, position.stages.length);
    if (stage.state === 'done') {
      planned.push(bare);
      continue;
    }
    if (!isKnown) {
      planned.push({ ...bare, unplanned: unplannedText(upgrade, stage) });
      continue;
    }
    context.progress.step(`Planning the stage ${stage.target.name}`);
    const result = await planStage(upgrade, { stage, host, bare, context });
    planned.push(result.stage);
    isKnown = result.after !== undefined;
    host = result.after;
  }
  return planned;
}

/** apt's refusal is part of the answer. */
async function planStage(
  { stored, aptRoot, state }: Upgrade,
  {
    stage,
    host: simulated,
    bare,
    context,
  }: { stage: PlacedStage; host: SimulatedHost | undefined; bare: PlannedStage; context: Context },
): Promise<{ stage: PlannedStage; after?: SimulatedHost }> {
  if (!holds(stored.held, stage.target.name)) {
    return {
      stage: {
        ...bare,
        unplanned: `The store does not hold the files of ${stage.target.name}: apply the medium again.`,
      },
    };
  }
  try {
    return await judgeStage(stored, { aptRoot, state, stage, simulated, context }, async (judged) => ({
      stage: {
        ...bare,
        from: simulated === undefined ? 'host' : 'stage-before',
        plan: judged.plan,
        sizes: judged.sizes,
        forecast: { ...summaryOf(judged.forecast), refusals: judged.refusals.map(({ what }) => what) },
        refusals: judged.refusals,
        comingSources: judged.coming.map(({ path }) => path),
      },
      after: await judged.after(),
    }));
  } catch (error) {
    if (!(error instanceof PommgrError) || !error.code.startsWith('tool.')) throw error;
    return { stage: { ...bare, unplanned: error.message } };
  }
}

function unplannedText({ position }: Upgrade, stage: PlacedStage): string {
  return position.needsRepair && stage.number === position.current?.number
    ? 'dpkg was interrupted: apt can plan once it is repaired.'
    : 'A stage before it cannot be planned.';
}

function bareStage({ number, kind, target, state, behind }: PlacedStage, of: number): PlannedStage {
  return {
    ...{ number, of, kind, target: target.name, codename: target.codename, state, behind },
    ...{
      from: null,
      plan: null,
      sizes: null,
      forecast: null,
      refusals: [],
      comingSources: [],
      unplanned: null,
    },
  };
}
