/** Merges NEWS entries of a plan: packages of one source often carry the same file. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Forecast, PackageForecast } from './forecast.ts';
import { changeKey, type PlannedEntries } from './source-changes.ts';

/** `parts` are those of `plan.incoming`, in its order. Sorted by source, newest first. */
export function mergeNews(
  plan: Pick<UpgradePlan, 'incoming'>,
  { entries, parts }: { entries: PlannedEntries; parts: readonly Pick<PackageForecast, 'news'>[] },
): Forecast['news'] {
  const merged = new Map<string, Forecast['news'][number]>();
  for (const [index, change] of plan.incoming.entries()) {
    const found = entries.get(changeKey(change, change.to ?? ''));
    const [source = change.name] = (found?.[0]?.source ?? change.name).split(' ');
    for (const entry of parts[index]?.news ?? []) {
      const key = JSON.stringify([source, entry.version, entry.text]);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { ...entry, source, packages: [change.name] });
      else known.packages.push(change.name);
    }
  }
  return [...merged.values()].toSorted((a, b) => compareText(a.source, b.source));
}
