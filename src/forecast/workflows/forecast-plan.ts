/** UpgradePlan -> Forecast: combines what each package brings with the state of the host. */
import { candidatesOf, type AptFiles } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { readInstalledSet } from '../../apt/adapters/installed-set.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { Context } from '../../core/domain/progress.ts';
import { confOptionsText } from '../domain/conffile-rule.ts';
import { verdictOf, type Forecast } from '../domain/forecast.ts';
import { mergeNews } from '../domain/merged-news.ts';
import { pendingReboot } from '../domain/reboots.ts';
import { refusalsOf } from '../domain/refusals.ts';
import { heldBackOf, sourceChanges, type PlannedEntries } from '../domain/source-changes.ts';
import { forecastPackages } from './forecast-packages.ts';
import type { ForecastHost } from './forecast-host.ts';
import type { PackagePlaces } from './package-places.ts';

export interface PlannedUpgrade {
  subject: Pick<Forecast['subject'], 'kind' | 'baseline'>;
  /** Root on which apt and dpkg know the installed packages. */
  aptRoot: AptRoot;
  plan: UpgradePlan;
  sizes: UpgradeSizes;
  /** Files that apt reads instead of the root's own; absent where the baseline is applied. */
  files?: AptFiles;
  entries: PlannedEntries;
  places: PackagePlaces;
  context: Context;
}

export async function forecastPlan(planned: PlannedUpgrade, host: ForecastHost): Promise<Forecast> {
  const { subject, plan, sizes, entries, context } = planned;
  const { view } = host;
  const { incoming } = plan;
  const parts = await forecastPackages(incoming, { ...planned, view });
  context.progress.step('Looking at what runs and at the room that there is');
  const restarts = await host.restarts(parts.flatMap((part) => part.restarts));
  const replaced = incoming.map(({ name }, index) => ({ name, files: parts[index]?.replacedFiles ?? [] }));
  const space = await host.space(planned, parts);
  const refusals = refusalsOf(plan, await host.removed(plan));
  return {
    verdict: verdictOf({ refusals, space }),
    subject: { ...subject, hostName: host.hostName, root: host.root },
    sources: sourceChanges(plan, { entries, removedSources: await host.sourcesOf(plan.remove) }),
    heldBack: await findHeldBack(planned),
    sizes,
    space,
    conffiles: {
      options: confOptionsText(view.options),
      prompts: parts.flatMap(({ prompts }) => prompts),
      removed: parts.flatMap(({ removed }) => removed),
      links: parts.flatMap(({ links }) => links),
    },
    reboot: [...parts.flatMap(({ reboot }) => reboot), ...pendingReboot(host.runningKernel, host.kernels)],
    restarts,
    staleServices: await host.stale({ parts: replaced, restarts }),
    guests: host.guests(plan),
    ceph: await host.ceph(plan),
    questions: parts.flatMap(({ questions }) => questions),
    news: mergeNews(plan, { entries, parts }),
    scripts: parts.flatMap(({ scripts }) => scripts),
    refusals,
    unknown: [...host.unknown, ...parts.flatMap(({ unknown }) => unknown)],
  };
}

async function findHeldBack({ aptRoot, plan, files }: PlannedUpgrade): Promise<Forecast['heldBack']> {
  const native = aptRoot.architecture;
  const { packages } = await readInstalledSet(aptRoot);
  const names = packages.map((item) => aptName(item, native));
  if (names.length === 0) return [];
  return heldBackOf({
    policy: await candidatesOf(aptRoot, names, files),
    planned: new Set([...plan.incoming, ...plan.remove].map((item) => aptName(item, native))),
    held: new Set(packages.filter(({ hold }) => hold).map((item) => aptName(item, native))),
  });
}
