/** Reads the packages of a plan, two at a time, because unpacking takes most of the time. */
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { PackageForecast } from '../domain/forecast.ts';
import type { HostView } from '../domain/host-view.ts';
import { changeKey, type PlannedEntries } from '../domain/source-changes.ts';
import { forecastPackage } from './forecast-package.ts';
import type { PackagePlaces } from './package-places.ts';

const atOnce = 2;

/** One part for each change, in their order. @throws PommgrError `integrity.*` for a package that cannot be read. */
export async function forecastPackages(
  changes: readonly PlannedChange[],
  about: { view: HostView; entries: PlannedEntries; places: PackagePlaces; context: Context },
): Promise<PackageForecast[]> {
  const { view, entries, places, context } = about;
  const parts: PackageForecast[] = [];
  const queue = changes.entries();
  context.progress.step(`Reading ${changes.length} packages`);
  const worker = async (): Promise<void> => {
    for (const [index, change] of queue) {
      context.signal.throwIfAborted();
      const [entry] = entries.get(changeKey(change, change.to ?? '')) ?? [];
      if (entry === undefined) throw notListed(change);
      parts[index] = await places.withPackage(entry, (path) => forecastPackage(path, change, view));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return parts;
}

function notListed({ name, to, architecture }: PlannedChange): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `apt plans to install ${name} ${to} (${architecture}), which the baseline does not list.`,
    {
      hints: [
        'Other sources than the baseline are in use. Run "pommgr status", then "pommgr apply" to set them aside.',
      ],
      details: { package: name, version: to },
    },
  );
}
