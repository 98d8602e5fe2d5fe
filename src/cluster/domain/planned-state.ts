/** Derives from a node's forecast what must be true of the node after its upgrade. */
import { namedOf, type Named } from '../../core/domain/named.ts';
import type { NodeForecast } from './answers.ts';
import { plannedKernel } from './kernel.ts';
import type { Versions } from './plan-answers.ts';

export interface PlannedState {
  baseline: { name: string; digest: string };
  kernel: string;
  /** By name, those of the packages that the node's API lists. */
  packages: Named<string>;
}

/** A package that the forecast does not change keeps its version; one that it removes is not looked for. */
export function plannedState(forecast: NodeForecast, versions: Versions): PlannedState {
  const changes = new Map(
    forecast.result.sources.flatMap(({ changes: all }) => all).map(({ name, to }) => [name, to]),
  );
  const packages = versions.packages.flatMap(({ name, installed }): [string, string][] => {
    const version = changes.has(name) ? changes.get(name) : installed;
    return version === null || version === undefined ? [] : [[name, version]];
  });
  return {
    baseline: forecast.result.subject.baseline,
    kernel: plannedKernel(versions, forecast),
    packages: namedOf(packages),
  };
}
