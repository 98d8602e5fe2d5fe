/** Implements `pommgr report`: what a baseline changes, for whoever approves it. Reads, never writes. */
import { join } from 'node:path';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import {
  baselineDirectory,
  listBaselines,
  packagesFileName,
  readBaseline,
} from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { namedOrLatest } from '../../baseline/workflows/baseline.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { listHosts } from '../../hosts/workflows/list-hosts.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { bookOf } from '../domain/book.ts';
import { changesOnHosts, entryKey, hostsBySource, plannedKeys } from '../domain/host-changes.ts';
import {
  bySource,
  changedPackages,
  createPackageHeads,
  totalsOf,
  type ChangedPackage,
  type HostChanges,
  type PackageHeads,
  type Report,
  type ReportedMirror,
} from '../domain/report.ts';
import { readRolloutRecords } from '../../hosts/workflows/take-rollouts.ts';
import { reportedRollouts } from '../domain/reported-rollouts.ts';
import { forecastHosts, type NamedLock } from './forecast-hosts.ts';
import { gatherLifeCycle } from './gather-life-cycle.ts';
import { readChangelogs, reportSource } from './read-changelogs.ts';
import { reportAdvisories } from './report-advisories.ts';

export interface ReportOptions {
  configFile: string | undefined;
  /** Name. Default: the newest of the config's track. */
  baseline?: string | undefined;
  /**
   * Name of the baseline to compare with. Default: what the hosts have; without a host the baseline before it on its
   * track.
   */
  since?: string | undefined;
  /** Default: every trusted host that reported. */
  hosts?: readonly NamedLock[];
  context: Context;
}

/** @throws PommgrError `config.baseline` where there is no such baseline; `usage.host`, `config.lock`. */
export async function report(options: ReportOptions): Promise<Report> {
  const { context } = options;
  const config = await loadConfig(options.configFile);
  const baseline = await namedOrLatest(config, options.baseline);
  const named = options.since === undefined ? undefined : await readBaseline(config.stateDir, options.since);
  const forecasts = await forecastHosts(config, { baseline, named: options.hosts ?? [], context });
  const hosts = forecasts.map(({ host }) => host);
  const isByHosts = named === undefined && hosts.some(({ forecast }) => forecast !== null);
  const since = named ?? (isByHosts ? undefined : await baselineBefore(config, baseline));
  const changed = isByHosts
    ? await changesOfHosts(config, { baseline, hosts })
    : changedPackages(
        since === undefined ? createPackageHeads() : await headsOf(config, since),
        await headsOf(config, baseline),
      );
  const groups = [...bySource(changed)];
  const onHosts = hostsBySource(hosts);
  // Of the first baseline of a site everything is new: the changelogs of all Debian tell nobody anything.
  const isFirst = since === undefined && !isByHosts;
  const sources = isFirst
    ? groups.map(([source, packages]) => reportSource(source, packages, { found: undefined, hosts: [] }))
    : await readChangelogs(groups, { pathOf: packagePath(config, baseline), hosts: onHosts, context });
  const { nextVisit, lifeCycle, subscriptions } = await gatherLifeCycle(config, { baseline, context });
  return {
    made: formatTime(context.timestamp()),
    baseline: identityOf(baseline),
    comparedWith: isByHosts ? 'hosts' : since === undefined ? 'nothing' : 'baseline',
    since: since === undefined ? null : identityOf(since),
    ...{ nextVisit, lifeCycle, hosts },
    book: bookOf((await listHosts(options.configFile)).hosts, { hosts, subscriptions }),
    rollouts: reportedRollouts(await readRolloutRecords(config.stateDir)),
    advisories: await reportAdvisories(config, { baseline, forecasts, context }),
    mirrors: baseline.content.mirrors.map((mirror) => reportMirror(baseline, mirror)),
    totals: totalsOf(sources),
    sources,
  };
}

async function baselineBefore(
  { stateDir }: Config,
  { track, sequence }: Baseline,
): Promise<Baseline | undefined> {
  const baselines = await listBaselines(stateDir);
  return baselines.findLast((one) => one.track === track && one.sequence < sequence);
}

async function headsOf(config: Config, { name }: Baseline): Promise<PackageHeads> {
  const heads = createPackageHeads();
  const list = join(baselineDirectory(config.stateDir, name), packagesFileName);
  for await (const entry of readPackages(list)) heads.add(entry);
  return heads;
}

async function changesOfHosts(
  config: Config,
  { baseline, hosts }: { baseline: Baseline; hosts: readonly HostChanges[] },
): Promise<ChangedPackage[]> {
  const keys = plannedKeys(hosts);
  const entries = new Map<string, PackageEntry>();
  const list = join(baselineDirectory(config.stateDir, baseline.name), packagesFileName);
  for await (const entry of readPackages(list)) {
    const key = entryKey(entry);
    if (keys.has(key)) entries.set(key, entry);
  }
  return changesOnHosts(hosts, entries);
}

function packagePath(config: Config, { snapshots }: Baseline): (entry: PackageEntry) => string {
  const directories = new Map(
    snapshots.map(({ mirror, snapshot }) => [mirror, snapshotPath(config.baseDir, mirror, snapshot)]),
  );
  return ({ mirror, filename }) => join(directories.get(mirror) ?? '', filename);
}

function identityOf({ name, digest, created }: Baseline): Report['baseline'] {
  return { name, digest, created };
}

function reportMirror(
  { snapshots }: Baseline,
  { id, suite, release }: Baseline['content']['mirrors'][number],
): ReportedMirror {
  const signers = snapshots.find(({ mirror }) => mirror === id)?.signers ?? [];
  return { id, suite, origin: release.origin === '' ? null : release.origin, date: release.date, signers };
}
