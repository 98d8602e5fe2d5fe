/** Lists the trusted hosts, and the last report of each. */
import { join } from 'node:path';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import {
  baselineDirectory,
  listBaselines,
  packagesFileName,
} from '../../baseline/adapters/baseline-files.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../trust/adapters/trusted-keys.ts';
import { listKeysIn, type TrustedKeysReport } from '../../trust/workflows/key-trust.ts';
import { readReportedHosts } from '../adapters/reported-hosts.ts';
import { hostOverview, type HostOverview } from '../domain/host-overview.ts';
import type { Receipt } from '../domain/receipt.ts';

export interface HostsReport extends TrustedKeysReport {
  /** Hosts that reported, sorted by key. */
  hosts: HostOverview[];
}

export async function listHosts(configFile: string | undefined): Promise<HostsReport> {
  const { stateDir } = await loadConfig(configFile);
  const directory = trustedHostsDirectory(stateDir);
  const reported = await readReportedHosts(stateDir, await readKeyDirectory(directory));
  const hosts: HostOverview[] = [];
  // Most hosts have the same baseline, and its list is long.
  const known = new Map<string, Promise<Map<string, string> | undefined>>();
  for (const { receipt, lock } of reported) {
    const digest = receipt.applied?.digest ?? '';
    const versions = known.get(digest) ?? versionsOf(stateDir, receipt);
    known.set(digest, versions);
    hosts.push(hostOverview(receipt, lock?.lock, await versions));
  }
  return { ...(await listKeysIn(directory)), hosts };
}

/** Returns undefined where the baseline is not here, or another one has that name. */
async function versionsOf(stateDir: string, { applied }: Receipt): Promise<Map<string, string> | undefined> {
  const baseline = (await listBaselines(stateDir)).find(
    ({ name, digest }) => name === applied?.name && digest === applied.digest,
  );
  if (baseline === undefined) return undefined;
  const versions = new Map<string, string>();
  const list = join(baselineDirectory(stateDir, baseline.name), packagesFileName);
  for await (const { name, version } of readPackages(list)) {
    const known = versions.get(name);
    if (known === undefined || compareVersions(known, version) < 0) versions.set(name, version);
  }
  return versions;
}
