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
  /** Installed packages of which that baseline has a newer version; null where lock or baseline is not known. */
  behind: number | null;
  /** Packages that it waits for. */
  wishes: string[];
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
    behind: lock === undefined || versions === undefined ? null : countBehind(lock, versions),
    wishes: wishes.map((wish) => wish.package),
  };
}

function countBehind({ packages }: HostLock, versions: ReadonlyMap<string, string>): number {
  return packages.filter(({ name, version }) => {
    const offered = versions.get(name);
    return offered !== undefined && compareVersions(version, offered) < 0;
  }).length;
}
