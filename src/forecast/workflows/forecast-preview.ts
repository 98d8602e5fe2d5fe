/** Forecasts a baseline that is not applied yet, from the plan of a dry run of `apply`. */
import { join } from 'node:path';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import type { ApplyReport } from '../../host/domain/apply-report.ts';
import type { ForecastSummary } from '../../host/domain/forecast-summary.ts';
import { apply, type ApplyOptions } from '../../host/workflows/apply.ts';
import { applyFrom, type ApplyFromOptions } from '../../host/workflows/apply-from.ts';
import type { PreviewedUpgrade } from '../../host/workflows/previewed-upgrade.ts';
import { pathInStore } from '../../store/workflows/open-offer.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Forecast } from '../domain/forecast.ts';
import { summaryOf } from '../domain/summary.ts';
import { openForecastHost } from './forecast-host.ts';
import { forecastPlan } from './forecast-plan.ts';
import { mediumPackages } from './medium-packages.ts';
import { fetchedPlaces, placesOf, type PackagePlaces } from './package-places.ts';
import { readPlannedEntries } from './planned-entries.ts';

/** Returns the summary for `apply --dry-run`. */
export async function forecastSummary(upgrade: PreviewedUpgrade): Promise<ForecastSummary> {
  return summaryOf(await forecastPreview(upgrade));
}

/** Forecasts the bundle on a medium that `apply` would take. Changes nothing. @throws PommgrError as `apply`. */
export async function forecastMedium(options: Omit<ApplyOptions, 'dryRun' | 'forecast'>): Promise<Forecast> {
  return takeForecast((forecast) => apply({ ...options, dryRun: true, isForecast: true, forecast }));
}

/** Forecasts a baseline in the store of another host. Changes nothing. @throws PommgrError as `applyFrom`. */
export async function forecastRemote(
  options: Omit<ApplyFromOptions, 'dryRun' | 'forecast'>,
): Promise<Forecast> {
  return takeForecast((forecast) => applyFrom({ ...options, dryRun: true, isForecast: true, forecast }));
}

async function takeForecast(
  run: (forecast: (upgrade: PreviewedUpgrade) => Promise<ForecastSummary>) => Promise<ApplyReport>,
): Promise<Forecast> {
  const taken: Forecast[] = [];
  await run(async (upgrade) => {
    const forecast = await forecastPreview(upgrade);
    taken.push(forecast);
    return summaryOf(forecast);
  });
  const [forecast] = taken;
  if (forecast === undefined)
    throw new PommgrError('bug.unexpected', 'A dry run ended without a look at its plan.');
  return forecast;
}

/** Forecasts what a dry run of `apply` found. */
export async function forecastPreview(upgrade: PreviewedUpgrade): Promise<Forecast> {
  const { aptRoot, baseline, target, directory, plan, sizes, files, context } = upgrade;
  const { name, digest } = baseline;
  return forecastPlan(
    {
      subject: {
        kind: subjectKinds[upgrade.packages.kind],
        baseline: { name, digest },
      },
      ...{ aptRoot, plan, sizes, files, context },
      entries: await readPlannedEntries(directory, { plan, target, shares: upgrade.shares }),
      places: await placesFor(upgrade),
    },
    await openForecastHost(aptRoot),
  );
}

const subjectKinds = { stored: 'stored', bundles: 'medium', remote: 'remote' } as const;

async function placesFor({ packages, scratch, baseline }: PreviewedUpgrade): Promise<PackagePlaces> {
  if (packages.kind === 'stored') {
    return placesOf(({ mirror, filename }) => join(packages.directory, mirror, filename), false);
  }
  const place = join(scratch, 'packages');
  await makeDirectory(place);
  if (packages.kind === 'bundles') {
    return mediumPackages(packages.bundles, { store: packages.store, scratch: place });
  }
  const { source } = packages;
  return fetchedPlaces(
    place,
    (entry, to) => source.fetch(pathInStore(baseline.name, `${entry.mirror}/${entry.filename}`), entry, to),
    true,
  );
}
