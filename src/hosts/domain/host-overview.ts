/** Describes what the online side knows about one trusted host, from its newest report. */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { HostLock } from '../../apt/domain/host-lock.ts';
import type { Receipt } from './receipt.ts';

export interface HostOverview {
  /** First 16 digits of the fingerprint of its key. */
  keyId: string;
  /** Its own name; empty where it has none. */
  name: string;
  /** Like `pve 9.0.3`; empty where its lock is not known. */
  products: string[];
  /** Name of the baseline that is applied; null for none. */
  baseline: string | null;
  /** RFC 3339: when it reported. */
  reported: string;
  /** Installed packages that are not as in that baseline; null where lock or baseline is not known. */
  drift: HostDrift | null;
  /** Packages that it waits for. */
  wishes: string[];
}

export interface HostDrift {
  /** The baseline has a newer version. */
  behind: number;
  /** The installed version is newer than the baseline's. */
  ahead: number;
  /** The baseline has no package of that name. */
  foreign: number;
}

/** `versions` has, by name of a package, the highest version in the baseline that the host has applied. */
export function hostOverview(
  { host, applied, time, wishes }: Receipt,
  lock: HostLock | undefined,
  versions: ReadonlyMap<string, string> | undefined,
): HostOverview {
  return {
    keyId: host.id.slice(0, 16),
    name: host.name,
    products: (lock?.products ?? []).map(({ product, version }) => `${product} ${version}`),
    baseline: applied?.name ?? null,
    reported: time,
    drift: lock === undefined || versions === undefined ? null : driftOf(lock, versions),
    wishes: wishes.map((wish) => wish.package),
  };
}

function driftOf({ packages }: HostLock, versions: ReadonlyMap<string, string>): HostDrift {
  const drift: HostDrift = { behind: 0, ahead: 0, foreign: 0 };
  for (const { name, version } of packages) {
    const offered = versions.get(name);
    if (offered === undefined) drift.foreign += 1;
    else if (compareVersions(version, offered) < 0) drift.behind += 1;
    else if (compareVersions(version, offered) > 0) drift.ahead += 1;
  }
  return drift;
}
