/** Implements `pommgr forecast` on a host: what `apt-get dist-upgrade` would do with a baseline of its store. */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { join } from 'node:path';
import { simulateUpgrade } from '../../apt/adapters/apt.ts';
import { openAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { sizesOfPlan } from '../../apt/adapters/upgrade-sizes.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { previewUpgrade, withPreviewScratch } from '../../host/workflows/preview-upgrade.ts';
import { noStore, warnOfInterrupted } from '../../host/workflows/work-on-store.ts';
import { openStoreSource } from '../../store/adapters/store-source.ts';
import { locateStore, readStoreState, storeExists } from '../../store/adapters/store.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { pathInStore } from '../../store/workflows/open-offer.ts';
import { openStoredBaseline, targetFor } from '../../store/workflows/open-stored-baseline.ts';
import type { Forecast } from '../domain/forecast.ts';
import { openForecastHost } from './forecast-host.ts';
import { forecastPlan, type PlannedUpgrade } from './forecast-plan.ts';
import { fetchedPlaces, placesOf, type PackagePlaces } from './package-places.ts';
import { readPlannedEntries } from './planned-entries.ts';

export interface ForecastAppliedOptions {
  root?: string | undefined;
  store?: string | undefined;
  /** A baseline of the store. Default: the applied one. */
  baseline?: string | undefined;
  context: Context;
}

/** Changes nothing. @throws PommgrError `state.no-store`, `state.baseline` where no baseline is applied. */
export async function forecastApplied(options: ForecastAppliedOptions): Promise<Forecast> {
  const { context } = options;
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  if (!(await storeExists(store))) throw noStore(store);
  await warnOfInterrupted(store, context);
  const state = await readStoreState(store);
  const applied = state.applied?.baseline;
  const name = options.baseline ?? applied;
  if (name === undefined) throw nothingApplied(store.directory);
  const aptRoot = await openAptRoot(root);
  const stored = await openStoredBaseline(store, state, name);
  const target = await targetFor(stored, aptRoot, { state });
  const { digest } = stored.baseline;
  const host = await openForecastHost(aptRoot);
  const forecast = async (kind: 'applied' | 'stored', upgrade: Upgrade): Promise<Forecast> => {
    const entries = await readPlannedEntries(stored.directory, {
      ...{ target, plan: upgrade.plan, shares: stored.shares },
    });
    const planned = { subject: { kind, baseline: { name, digest } }, aptRoot, context, entries, ...upgrade };
    return withPlaces(stored, { aptRoot, context }, (places) => forecastPlan({ ...planned, places }, host));
  };
  if (name !== applied) {
    return withPreviewScratch(aptRoot, async (scratch) =>
      forecast('stored', await previewUpgrade(stored, { aptRoot, target, state, scratch, context })),
    );
  }
  context.progress.step(`Asking apt what ${name} would change`);
  const plan = await simulateUpgrade(aptRoot);
  return forecast('applied', { plan, sizes: await sizesOfPlan(aptRoot, plan) });
}

type Upgrade = Pick<PlannedUpgrade, 'plan' | 'sizes' | 'files'>;

/** Calls `work` with the places of the baseline's packages: this store, or that of another host. */
export async function withPlaces<T>(
  { directory, remote, baseline }: StoredBaseline,
  { aptRoot, context }: { aptRoot: AptRoot; context: Context },
  work: (places: PackagePlaces) => Promise<T>,
): Promise<T> {
  if (remote === null) {
    return work(placesOf(({ mirror, filename }) => join(directory, mirror, filename), false));
  }
  const { withDir } = await import('tmp-promise');
  const hashers = openHasherPool(1);
  const source = await openStoreSource(remote, { aptRoot, hashers, signal: context.signal });
  try {
    return await withDir(
      ({ path: scratch }) =>
        work(
          fetchedPlaces(
            scratch,
            (entry, to) =>
              source.fetch(pathInStore(baseline.name, `${entry.mirror}/${entry.filename}`), entry, to),
            true,
          ),
        ),
      { prefix: 'pommgr-forecast-', unsafeCleanup: true },
    );
  } finally {
    await source.close();
    await hashers.close();
  }
}

function nothingApplied(directory: string): PommgrError {
  return new PommgrError('state.baseline', `No baseline is applied from the store ${directory}.`, {
    hints: ['Name a medium with --media, or run "pommgr apply" first.'],
    details: { store: directory },
  });
}
