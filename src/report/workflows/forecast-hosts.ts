/** Forecasts of what a baseline changes on the hosts whose locks are known. */
import type { HostLock } from '../../apt/domain/host-lock.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { forecastOfLock, readNamedLock } from '../../forecast/workflows/forecast-lock.ts';
import { readReportedHosts } from '../../hosts/adapters/reported-hosts.ts';
import { isOfTrack } from '../../hosts/domain/receipt.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import type { HostChanges } from '../domain/report.ts';

export type NamedLock = { file: string } | { host: string };

/** A host's lock with what the baseline changes there. */
export interface ForecastHost {
  lock: HostLock;
  host: HostChanges;
}

/**
 * Forecasts each named host; without a name, every trusted host that reported a lock and follows the track. A host
 * that was not named and has no forecast says why. Sorted by name.
 */
export async function forecastHosts(
  config: Config,
  about: { baseline: Baseline; named: readonly NamedLock[]; context: Context },
): Promise<ForecastHost[]> {
  const { baseline, named, context } = about;
  const locks: HostLock[] = [];
  for (const one of named) locks.push(await readNamedLock(config, one));
  if (named.length === 0) locks.push(...(await reportedLocks(config)));
  const hosts: ForecastHost[] = [];
  for (const lock of locks) {
    context.signal.throwIfAborted();
    context.progress.step(`Asking apt what ${baseline.name} would change on ${lock.hostName}`);
    const host = await changesOf(lock, { config, baseline, isNamed: named.length > 0, context });
    hosts.push({ lock, host });
  }
  return hosts.toSorted((a, b) => compareText(a.host.name, b.host.name));
}

async function reportedLocks({ stateDir, track }: Config): Promise<HostLock[]> {
  const keys = await readKeyDirectory(trustedHostsDirectory(stateDir));
  const reported = await readReportedHosts(stateDir, keys);
  return reported.flatMap(({ receipt, lock }) =>
    lock === null || (receipt.track !== null && !isOfTrack(receipt, track)) ? [] : [lock.lock],
  );
}

async function changesOf(
  lock: HostLock,
  about: { config: Config; baseline: Baseline; isNamed: boolean; context: Context },
): Promise<HostChanges> {
  const host = {
    name: lock.hostName,
    products: lock.products.map(({ product, version }) => `${product} ${version}`),
    locked: lock.created,
  };
  try {
    return { ...host, forecast: await forecastOfLock(lock, about), problem: null };
  } catch (error) {
    // What keeps one host from being forecast must not hide the others; the page says it in its place.
    if (!(error instanceof PommgrError) || about.isNamed || about.context.signal.aborted) throw error;
    about.context.progress.warn(`No forecast of ${lock.hostName}: ${error.message}`);
    return { ...host, forecast: null, problem: error.message };
  }
}
