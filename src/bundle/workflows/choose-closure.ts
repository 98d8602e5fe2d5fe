/**
 * Chooses the closure with which a baseline is packed: its own, or one that the config's closures make of a whole
 * baseline, selected and judged as by a snapshot. The baseline keeps its digest.
 */
import { withDir } from 'tmp-promise';
import { baselineDirectory } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { openClosures, promisedTargets } from '../../closure/workflows/closure-run.ts';
import type { Config } from '../../config/domain/config.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { takeReported } from '../../snapshot/workflows/take-reported.ts';
import {
  forgetPackedClosure,
  keepPackedClosure,
  ownClosure,
  plannedClosure,
  type PackedClosure,
} from '../adapters/packed-closure.ts';
import { baselineMirrors } from './baseline-mirrors.ts';

export interface ClosureChoice {
  /** Whether the bundle of a whole baseline should be thin. */
  closure: boolean;
  /** Stores nothing beside the baseline. */
  dryRun: boolean;
  /** A temporary directory for the results, instead of the baseline's. */
  place?: string;
  context: Context;
}

/**
 * @throws PommgrError `config.closure` where the baseline is thin already or the config has no closure for its targets,
 *   and as `openClosures` and `closeTargets`.
 */
export async function chooseClosure(
  config: Config,
  baseline: Baseline,
  choice: ClosureChoice,
): Promise<PackedClosure> {
  const directory = baselineDirectory(config.stateDir, baseline.name);
  if (!choice.closure) {
    if (!choice.dryRun && choice.place === undefined) await forgetPackedClosure(directory);
    return await ownClosure(baseline, directory);
  }
  checkTargets(config, baseline);
  const made = await makeClosure(config, baseline, choice.context);
  if (choice.place !== undefined) return await keepPackedClosure(choice.place, made);
  return choice.dryRun ? plannedClosure(directory, made) : await keepPackedClosure(directory, made);
}

async function makeClosure(
  config: Config,
  baseline: Baseline,
  context: Context,
): Promise<Parameters<typeof plannedClosure>[1]> {
  const { targets } = baseline.content;
  const hashers = openHasherPool(1);
  try {
    return await withDir(
      async ({ path: workDirectory }) => {
        const reported = await takeReported({ stateDir: config.stateDir, dryRun: true, context });
        const tools = { hashers, context, workDirectory, reported };
        const upgrades = baseline.content.upgrades ?? [];
        const closures = await openClosures({ ...config, upgrades }, targets, tools);
        const placed = await baselineMirrors(config, baseline, workDirectory);
        const closed = await closures.closeTargets(placed);
        if (closed === undefined || closures.inputs === undefined) throw noClosure(baseline);
        const { inputs } = closures;
        return {
          targets: promisedTargets(targets, closed),
          list: closed.list,
          proof: {
            schema: 'pommgr/lock-proof/v1',
            baseline: baseline.digest,
            inputs,
            targets: closed.proofs,
          },
        };
      },
      { prefix: 'pommgr-', unsafeCleanup: true },
    );
  } finally {
    await hashers.close();
  }
}

function checkTargets({ targets }: Config, { name, content }: Baseline): void {
  const thin = content.targets.filter(({ closure }) => closure !== undefined).map((target) => target.name);
  if (thin.length > 0) {
    throw new PommgrError('config.closure', `${name} is thin already for ${thin.join(', ')}.`, {
      hints: ['Pack it without --closure.'],
      details: { baseline: name, targets: thin },
    });
  }
  const known = content.targets.map((target) => target.name);
  const closed = targets.filter(({ closure }) => closure !== undefined).map((target) => target.name);
  const unknown = closed.filter((target) => !known.includes(target));
  if (unknown.length === 0) return;
  throw new PommgrError(
    'config.closure',
    `${name} has no target ${unknown.join(', ')}, for which the config has a closure: expected ${known.join(', ')}.`,
    {
      hints: ['Give the closure to a target that the baseline has, or make a new baseline.'],
      details: { baseline: name, expected: known, found: unknown },
    },
  );
}

function noClosure({ name, content }: Baseline): PommgrError {
  const known = content.targets.map((target) => target.name);
  return new PommgrError(
    'config.closure',
    `The config has no closure for a target of ${name}: expected one of ${known.join(', ')}.`,
    {
      hints: ['Write "closure:" below a target of the config, with hosts and packages to install.'],
      details: { baseline: name, expected: known },
    },
  );
}
