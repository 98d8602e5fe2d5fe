/** `pommgr report`: what a baseline changes since another one, for whoever approves it. Reads, never writes. */
import { join } from 'node:path';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { baselineDirectory, packagesFileName, readBaseline } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { namedOrLatest } from '../../baseline/workflows/baseline.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { entriesSince, highestUrgency, namedCves } from '../domain/changelog.ts';
import {
  bySource,
  changedPackages,
  createPackageHeads,
  totalsOf,
  type ChangedPackage,
  type PackageHeads,
  type Report,
  type ReportedMirror,
  type ReportedSource,
} from '../domain/report.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { readSourceChangelog } from './read-changelogs.ts';

export interface ReportOptions {
  configFile: string | undefined;
  /** Name. Default: the newest of the config's track. */
  baseline?: string | undefined;
  /** Name of the baseline to compare with. */
  since: string;
  context: Context;
}

/** Unpacking takes the time, and it runs in processes of its own. */
const atOnce = 2;

/** @throws PommgrError `config.baseline` where there is no such baseline. */
export async function report({ configFile, baseline: name, since, context }: ReportOptions): Promise<Report> {
  const config = await loadConfig(configFile);
  const baseline = await namedOrLatest(config, name);
  const before = await readBaseline(config.stateDir, since);
  const changed = changedPackages(await headsOf(config, before), await headsOf(config, baseline));
  const groups = [...bySource(changed)];
  const directories = new Map(
    baseline.snapshots.map(({ mirror, snapshot }) => [
      mirror,
      snapshotPath(config.baseDir, mirror, snapshot),
    ]),
  );
  const pathOf = ({ mirror, filename }: PackageEntry): string =>
    join(directories.get(mirror) ?? '', filename);
  const sources: ReportedSource[] = [];
  const queue = groups.entries();
  context.progress.step(`Reading the changelogs of ${groups.length} source packages`);
  const worker = async (): Promise<void> => {
    for (const [index, [source, packages]] of queue) {
      context.signal.throwIfAborted();
      sources[index] = await reportSource(source, packages, pathOf);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return {
    made: formatTime(context.timestamp()),
    baseline: identityOf(baseline),
    since: identityOf(before),
    ...{ nextVisit: null, hosts: [], book: [], lifeCycle: [] },
    mirrors: baseline.content.mirrors.map((mirror) => reportMirror(baseline, mirror)),
    totals: totalsOf(sources),
    sources,
  };
}

async function headsOf(config: Config, { name }: Baseline): Promise<PackageHeads> {
  const heads = createPackageHeads();
  const list = join(baselineDirectory(config.stateDir, name), packagesFileName);
  for await (const entry of readPackages(list)) heads.add(entry);
  return heads;
}

async function reportSource(
  source: string,
  packages: readonly ChangedPackage[],
  pathOf: (entry: PackageEntry) => string,
): Promise<ReportedSource> {
  const brought = packages.filter(({ entry }) => entry !== null);
  const found = brought.length === 0 ? null : await readSourceChangelog(brought, pathOf);
  const oldest = oldestOf(packages);
  const entries = found === null || !('text' in found) ? [] : entriesSince(found.text, oldest);
  // For a package that is new to the hosts, the last entry is enough.
  const changelog = oldest === null ? entries.slice(0, 1) : entries;
  return {
    source,
    mirrors: [...new Set(packages.map(({ mirror }) => mirror))].toSorted(),
    packages: packages.map(({ name, architecture, change, from, to }) => ({
      name,
      architecture,
      change,
      from,
      to,
    })),
    urgency: highestUrgency(changelog),
    cves: namedCves(changelog),
    changelog,
    missing: found !== null && 'missing' in found ? found.missing : null,
  };
}

/** Where packages of one source were at different versions, all that is new to any of them is told. */
function oldestOf(packages: readonly ChangedPackage[]): string | null {
  const versions = packages.flatMap(({ from }) => from ?? []);
  return versions.toSorted(compareVersions)[0] ?? null;
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
