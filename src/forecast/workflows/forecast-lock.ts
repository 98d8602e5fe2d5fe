/**
 * Implements `pommgr forecast` online: what a baseline would do on a remote host, by its lock. apt plans in a scratch
 * root with the host's inventory, and sees of the baseline what the host's own apt would see.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openAptRoot, prepareAptRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { chooseTarget } from '../../apt/domain/host.ts';
import { hostLockKind, lockedHost, lockGaps, type HostLock } from '../../apt/domain/host-lock.ts';
import { lastPackedClosure, sharesOfPacked } from '../../bundle/adapters/packed-closure.ts';
import { baselineDirectory } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { namedOrLatest } from '../../baseline/workflows/baseline.ts';
import { renderExtendedStates, renderStatus } from '../../closure/domain/status-text.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Config } from '../../config/domain/config.ts';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import { copyPlainFile } from '../../core/adapters/plain-file.ts';
import { readJsonFile } from '../../core/adapters/json-file.ts';
import type { Context } from '../../core/domain/progress.ts';
import { previewUpgrade } from '../../host/workflows/preview-upgrade.ts';
import { reportedLock } from '../../hosts/workflows/reported-lock.ts';
import { travellingFiles } from '../../medium/domain/bundle-objects.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { Forecast } from '../domain/forecast.ts';
import { hostOfLock } from './forecast-host.ts';
import { forecastPlan } from './forecast-plan.ts';
import { placesOf } from './package-places.ts';
import { readPlannedEntries } from './planned-entries.ts';

export interface ForecastLockOptions {
  configFile: string | undefined;
  /** A file, or the name of a trusted host that left a report. */
  lock: { file: string } | { host: string };
  /** Name. Default: the newest of the config's track. */
  baseline?: string | undefined;
  context: Context;
}

/** @throws PommgrError `config.lock`, `usage.host`, `trust.target` where the baseline is not for the host. */
export async function forecastLock(options: ForecastLockOptions): Promise<Forecast> {
  const config = await loadConfig(options.configFile);
  const lock = await readNamedLock(config, options.lock);
  const baseline = await namedOrLatest(config, options.baseline);
  return forecastOfLock(lock, { config, baseline, context: options.context });
}

/** Reads a lock from a file, or from the report of a trusted host. @throws PommgrError `config.lock`, `usage.host`. */
export async function readNamedLock(config: Config, named: ForecastLockOptions['lock']): Promise<HostLock> {
  return 'file' in named ? readJsonFile(named.file, hostLockKind) : reportedLock(config, named.host);
}

/** @throws PommgrError `trust.target` where the baseline is not for the host. */
export async function forecastOfLock(
  lock: HostLock,
  { config, baseline, context }: { config: Config; baseline: Baseline; context: Context },
): Promise<Forecast> {
  const directory = baselineDirectory(config.stateDir, baseline.name);
  const packed = await lastPackedClosure(baseline, directory);
  const target = chooseTarget(packed.targets, lockedHost(lock), { applied: lock.baseline?.target });
  const { withDir } = await import('tmp-promise');
  return withDir(
    async ({ path: scratch }) => {
      const aptRoot = await rootOfLock(join(scratch, 'root'), lock);
      const place = await placeMirrors(config, baseline, join(scratch, 'mirrors'));
      const shares = sharesOfPacked(packed);
      const seen = { directory, remote: null, baseline, shares };
      const work = join(scratch, 'work');
      await makeDirectory(work);
      const about = { aptRoot, target, state: { pins: null }, place, scratch: work, context };
      const { plan, sizes, files } = await previewUpgrade(seen, about);
      const { name, digest } = baseline;
      const forecast = await forecastPlan(
        {
          subject: { kind: 'lock', baseline: { name, digest } },
          ...{ aptRoot, plan, sizes, files, context },
          entries: await readPlannedEntries(directory, { plan, target, shares }),
          places: placesOf(packagePath(config, baseline), false),
        },
        hostOfLock(lock),
      );
      const gaps = lockGaps(lock).map((gap) => `The lock of an older pommgr does not tell: ${gap}.`);
      return { ...forecast, unknown: [...forecast.unknown, ...gaps] };
    },
    { prefix: 'pommgr-forecast-', unsafeCleanup: true },
  );
}

/** Creates a root whose dpkg database contains the lock's packages. */
async function rootOfLock(path: string, lock: HostLock): Promise<AptRoot> {
  await makeDirectory(path);
  const opened = await openAptRoot(path);
  const { architecture, foreignArchitectures, packages } = lock;
  const aptRoot: AptRoot = { ...opened, architecture, foreignArchitectures };
  await prepareAptRoot(aptRoot);
  const listed = packages.map((item) => ({ item, relations: item.relations ?? {} }));
  await writeFile(join(path, 'var/lib/dpkg/status'), renderStatus(listed));
  await writeFile(join(path, 'var/lib/apt/extended_states'), renderExtendedStates(packages, architecture));
  return aptRoot;
}

/**
 * Creates a directory with the signed indices of each mirror under its name. Links are not used: apt follows one, and
 * then mistakes its target for another file.
 */
async function placeMirrors(config: Config, { snapshots }: Baseline, place: string): Promise<string> {
  for (const record of snapshots) {
    const from = snapshotPath(config.baseDir, record.mirror, record.snapshot);
    for (const { path } of travellingFiles(record)) {
      const to = join(place, record.mirror, path);
      await makeDirectory(dirname(to));
      await copyPlainFile(join(from, path), to);
    }
  }
  return place;
}

/** The package files stay in the snapshots. */
function packagePath(config: Config, { snapshots }: Baseline): (entry: PackageEntry) => string {
  const directories = new Map(
    snapshots.map(({ mirror, snapshot }) => [mirror, snapshotPath(config.baseDir, mirror, snapshot)]),
  );
  return ({ mirror, filename }) => join(directories.get(mirror) ?? '', filename);
}
