/** Plans a switch: what it would change, and whether there is anything to change. Changes nothing. */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { appliedFiles, currentNumber } from '../adapters/applied-directory.ts';
import { linksInPlace } from '../../apt/adapters/host-apt-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { SetAside, StoreState } from '../../store/domain/store-state.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import type { Target } from '../../apt/domain/target.ts';
import { formatTime } from '../../core/domain/time.ts';
import type { PreparedSources, PrepareOptions } from './prepare-sources.ts';
import { planSetAside } from './set-aside.ts';
import type { Switch } from './switch-sources.ts';

export interface PlanSwitchOptions {
  store: Store;
  aptRoot: AptRoot;
  target: Target;
  /** Other sources are not set aside. */
  othersStay: boolean;
  /** Sources that the packages of the new target bring: diverted before they come. */
  coming?: readonly SetAside[] | undefined;
  context: Context;
}

/** Returns what a switch to the baseline changes. */
export async function planSwitch(
  { baseline }: StoredBaseline,
  state: StoreState,
  { store, aptRoot, target, othersStay, coming = [], context }: PlanSwitchOptions,
): Promise<Switch> {
  const { name, digest, track, sequence } = baseline;
  return {
    store,
    aptRoot,
    operation: {
      kind: 'switch',
      next: {
        number: state.lastNumber + 1,
        baseline: name,
        digest,
        track,
        sequence,
        target: target.name,
        since: sinceOf(state.applied, { baseline, target }) ?? formatTime(context.timestamp()),
      },
      previousNumber: await currentNumber(store),
      hadLinks: await linksInPlace(aptRoot.root, pathForApt(aptRoot, store.current)),
      setAside: othersStay ? [] : [...(await planSetAside(aptRoot, state.setAside)), ...coming],
    },
  };
}

/** Changed pins or restored links do not make another baseline. */
function sinceOf(
  applied: StoreState['applied'],
  { baseline, target }: { baseline: StoredBaseline['baseline']; target: Target },
): string | undefined {
  const isSame = applied?.digest === baseline.digest && applied.baseline === baseline.name;
  return isSame && applied.target === target.name ? applied.since : undefined;
}

/** Returns whether there is nothing to switch. */
export async function isInPlace(
  state: StoreState,
  {
    change,
    prepared,
    pins,
    configuration,
  }: {
    change: Switch;
    prepared: PreparedSources;
    pins: PrepareOptions['pins'];
    configuration: string;
  },
): Promise<boolean> {
  const { next, previousNumber, hadLinks, setAside } = change.operation;
  const { applied } = state;
  const isSame =
    applied?.baseline === next.baseline &&
    applied.target === next.target &&
    state.pins?.scope === pins?.scope &&
    state.pins?.baseline === pins?.baseline;
  if (!isSame || previousNumber !== applied.number || !hadLinks || setAside.length > 0) return false;
  const files = appliedFiles(change.store, applied.number);
  const { sources, preferences } = prepared.texts;
  return (
    (await readPlainText(files.sources)) === sources &&
    (await readPlainText(files.preferences)) === preferences &&
    (await readPlainText(files.configuration)) === configuration
  );
}
