/** The closures of one snapshot: what they are made from, and what became of them. */
import { digestOf } from '../../core/domain/digest.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { TakeClosure } from '../../mirror/workflows/steps.ts';
import { readLockFiles } from '../adapters/lock-files.ts';
import type { ClosedTarget, ClosureTools } from './select-target.ts';
import { takeClosure, type TakenClosure } from './take-closure.ts';

/** Goes up when the selection changes, so that a snapshot of the same upstream state is taken anew. */
const selectionVersion = 1;

export interface ClosureRun {
  /** Digest of settings and locks; undefined where no target has a closure. */
  inputs: string | undefined;
  takeClosure: TakeClosure;
  /** Undefined before `takeClosure`, and where no target has a closure. */
  taken(): TakenClosure | undefined;
}

/**
 * Reads the locks that the config's closures name.
 * @throws PommgrError `config.lock`
 */
export async function openClosures(
  config: Pick<Config, 'targets'>,
  targets: readonly Target[],
  tools: ClosureTools,
): Promise<ClosureRun> {
  const closed: ClosedTarget[] = [];
  for (const { name, closure } of config.targets) {
    const target = targets.find((one) => one.name === name);
    if (closure === undefined || target === undefined) continue;
    closed.push({ target, closure, locks: await readLockFiles(closure.hosts) });
  }
  let taken: TakenClosure | undefined;
  return {
    inputs: closed.length === 0 ? undefined : inputsDigest(closed),
    async takeClosure(mirrors, place) {
      if (closed.length === 0) return mirrors;
      taken = await takeClosure(mirrors, { closed, targets, place }, tools);
      return taken.mirrors;
    },
    taken: () => taken,
  };
}

function inputsDigest(closed: readonly ClosedTarget[]): string {
  return digestOf({
    selection: selectionVersion,
    targets: closed.map(({ target, closure, locks }) => ({
      target: target.name,
      // The paths do not matter, the locks do.
      closure: { ...closure, hosts: [] },
      locks: locks.map(({ sha256 }) => sha256),
    })),
  });
}
