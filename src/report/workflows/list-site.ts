/** Implements `pommgr host list`: the trusted hosts, what each reported last, its subscriptions and its forecast. */
import { namedOrLatest } from '../../baseline/workflows/baseline.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Context } from '../../core/domain/progress.ts';
import { listHosts, type HostsReport } from '../../hosts/workflows/list-hosts.ts';
import { bookOf } from '../domain/book.ts';
import type { BookEntry } from '../domain/report.ts';
import { forecastHosts } from './forecast-hosts.ts';
import { readSubscriptions } from './gather-life-cycle.ts';

export interface SiteReport extends HostsReport {
  hosts: BookEntry[];
}

export async function listSite({
  configFile,
  withForecast,
  context,
}: {
  configFile: string | undefined;
  /** Asks apt what the newest baseline would change; some seconds for each host. */
  withForecast: boolean;
  context: Context;
}): Promise<SiteReport> {
  const config = await loadConfig(configFile);
  const listed = await listHosts(configFile);
  const { subscriptions } = await readSubscriptions(config, context);
  const forecasts = withForecast
    ? await forecastHosts(config, { baseline: await namedOrLatest(config), named: [], context })
    : [];
  const hosts = bookOf(listed.hosts, { hosts: forecasts.map(({ host }) => host), subscriptions });
  return { ...listed, hosts };
}
