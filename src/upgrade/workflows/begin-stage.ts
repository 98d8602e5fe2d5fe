/**
 * Begins a stage: judges it, asks, and switches apt to its target. Invariant: nothing is changed before the plan is
 * admitted and confirmed; the journal is written before the switch.
 */
import type { Context } from '../../core/domain/progress.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { StageKind } from '../../apt/domain/upgrade-way.ts';
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import { summaryOf } from '../../forecast/domain/summary.ts';
import { lackingRoom } from '../../forecast/domain/forecast.ts';
import { admitStored } from '../../host/workflows/admit-approval.ts';
import { applyBaseline } from '../../host/workflows/apply-baseline.ts';
import type { SetAside } from '../../store/domain/store-state.ts';
import { requireHeld } from '../../store/domain/held-targets.ts';
import type { PlacedStage } from '../domain/position.ts';
import { admitStagePlan } from '../domain/stage-plan.ts';
import { judgeStage, type JudgedStage } from './judge-stage.ts';
import type { Upgrade } from './open-upgrade.ts';
import { noteBegun } from './note-begun.ts';

/** What is shown before the question whether a stage is to begin. */
export interface StageQuestion extends Pick<JudgedStage, 'plan' | 'sizes' | 'coming'> {
  baseline: string;
  target: string;
  kind: StageKind;
  codename: string;
  forecast: ForecastSummary;
}

export interface BeginOptions {
  /** Returns undefined where nobody can be asked. Absent: it is confirmed already. */
  confirm?: ((question: StageQuestion) => Promise<boolean | undefined>) | undefined;
  /** Findings that the operator accepted, by id. */
  accepted: readonly string[];
  dryRun: boolean;
  context: Context;
}

export interface BegunStage {
  judged: JudgedStage;
  setAside: SetAside[];
}

/** @throws PommgrError `refused.stage`, `refused.not-confirmed`, `state.target`, `state.space`; else as `applyBaseline`. */
export async function beginStage(
  upgrade: Upgrade,
  stage: PlacedStage,
  { confirm, accepted, dryRun, context }: BeginOptions,
): Promise<BegunStage> {
  const { stored, store, aptRoot, state, way } = upgrade;
  const { target } = stage;
  const { name } = stored.baseline;
  requireHeld(stored, target.name, stored.remote ?? store.directory);
  const asking = { root: aptRoot.root, store, state, isRequired: true, dryRun, context };
  const admission = await admitStored(stored, asking);
  const judged = await judgeStage(stored, { aptRoot, state, stage, context }, (found) =>
    Promise.resolve(found),
  );
  admitStagePlan(target.name, judged.refusals);
  admitRoom(target.name, judged);
  if (dryRun) return { judged, setAside: judged.coming };
  const answer = await confirm?.({
    ...{ baseline: name, target: target.name, codename: target.codename, kind: stage.kind },
    ...{
      plan: judged.plan,
      sizes: judged.sizes,
      coming: judged.coming,
      forecast: summaryOf(judged.forecast),
    },
  });
  if (confirm !== undefined && answer !== true) throw notConfirmed(target.name, answer);
  context.signal.throwIfAborted();
  await noteBegun(stored, { store, aptRoot, target, way: way.name, accepted, context });
  const { setAside } = await applyBaseline(stored, {
    ...{ store, aptRoot, target, accepted, admission, context },
    action: 'upgrade',
    decisions: stage.kind === 'release' ? ['upgrade-release'] : [],
    coming: judged.coming,
  });
  return { judged, setAside };
}

/** @throws PommgrError `state.space`. */
function admitRoom(target: string, { forecast }: JudgedStage): void {
  const lacking = lackingRoom(forecast.space);
  if (lacking.length === 0) return;
  const lines = lacking.map(
    ({ place, what, neededBytes, freeBytes }) =>
      `  ${place}, for ${what}: expected ${neededBytes} bytes free, found ${freeBytes ?? 'an unknown number'}`,
  );
  throw new PommgrError(
    'state.space',
    [`There is too little room for the stage ${target}:`, ...lines].join('\n'),
    {
      hints: ['Free space there, for instance with "apt-get clean" and by removing old kernels.'],
      details: { target, space: lacking },
    },
  );
}

function notConfirmed(target: string, answer: boolean | undefined): PommgrError {
  const what =
    answer === undefined
      ? `The stage ${target} needs an answer, and there is no terminal to ask on.`
      : `The stage ${target} was not confirmed.`;
  return new PommgrError('refused.not-confirmed', `${what} Nothing was changed.`, {
    hints: ['Run the same command again with --yes.'],
    details: { target },
  });
}
