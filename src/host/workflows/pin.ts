/**
 * Implements `pommgr pin`: holds packages at a baseline's candidates by preferences of priority 990. Invariant: pins
 * are part of `applied/<n>/pommgr.pref`, so that they change with the baseline in the same switch.
 */
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { hostFacts } from '../../apt/adapters/host-facts.ts';
import { readStoreState, type Store } from '../../store/adapters/store.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { chooseTarget, hostKind } from '../../apt/domain/host.ts';
import type { PinReport } from '../domain/pin-report.ts';
import type { Applied, PinScope, StoreState } from '../../store/domain/store-state.ts';
import { admitStored } from './admit-approval.ts';
import { applyBaseline } from './apply-baseline.ts';
import { openStoredBaseline, targetFor } from '../../store/workflows/open-stored-baseline.ts';
import { prepareSources, type PrepareOptions } from './prepare-sources.ts';
import { workOnStore, type StoreOptions } from './work-on-store.ts';

export interface PinOptions extends StoreOptions {
  /** Default: the previous scope, else `installed`. */
  scope?: PinScope | undefined;
  /** Baseline whose candidates are held. Default: the applied one. */
  baseline?: string | undefined;
  /** Takes the pins away. */
  remove: boolean;
}

/** @throws PommgrError `state.not-applied`; `tool.candidates` when apt chooses something else all the same. */
export async function pin(options: PinOptions): Promise<PinReport> {
  const { remove, dryRun = false, context } = options;
  return workOnStore(options, async ({ root, store, recovered }) => {
    const state = await readStoreState(store);
    const applied = requireApplied(state);
    const aptRoot = await openAptRoot(root);
    const stored = await openStoredBaseline(store, state, applied.baseline);
    const target = await targetFor(stored, aptRoot, { state });
    const pins = remove ? null : await choosePins(options, { store, state, aptRoot, applied });
    const report = {
      root,
      store: store.directory,
      applied: applied.baseline,
      pins: pins === null ? null : { scope: pins.scope, baseline: pins.baseline },
      recovered,
    };
    const admission = await admitStored(stored, { root, store, state, isRequired: false, dryRun, context });
    if (dryRun) {
      const { pinned, unavailable } = await prepareSources(stored, { target, aptRoot, pins });
      const outcome = remove ? 'would-unpin' : 'would-pin';
      return { ...report, outcome, packages: pinned.length, unavailable, plan: null };
    }
    const { changed, pinned, unavailable, plan } = await applyBaseline(stored, {
      ...{ store, aptRoot, target, pins, admission, context, decisions: [] },
      action: remove ? 'unpin' : 'pin',
    });
    const outcome = !changed ? 'unchanged' : remove ? 'unpinned' : 'pinned';
    return { ...report, outcome, packages: pinned.length, unavailable, plan };
  });
}

function requireApplied({ applied }: StoreState): Applied {
  if (applied !== null) return applied;
  throw new PommgrError('state.not-applied', 'No baseline is applied on this host.', {
    hints: ['Apply one with "pommgr apply"; pins are for what apt sees.'],
  });
}

async function choosePins(
  { scope: wanted, baseline: name }: PinOptions,
  at: { store: Store; state: StoreState; aptRoot: AptRoot; applied: Applied },
): Promise<NonNullable<PrepareOptions['pins']>> {
  const { store, state, aptRoot, applied } = at;
  const scope = wanted ?? state.pins?.scope ?? 'installed';
  if (name === undefined || name === applied.baseline) return { scope, baseline: applied.baseline };
  const stored = await openStoredBaseline(store, state, name);
  const host = hostKind(await hostFacts(aptRoot));
  const target = chooseTarget(stored.shares.targets, host, { name: applied.target });
  return { scope, baseline: name, of: { stored, target } };
}
