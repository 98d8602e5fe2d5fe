/**
 * The report by which a baseline is approved: what it changes since another one, by source package, out of the packages'
 * own changelogs. Invariant: what could not be read is named beside the package, and is never just absent.
 */
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Forecast } from '../../forecast/domain/forecast.ts';
import type { HostOverview } from '../../hosts/domain/host-overview.ts';
import type { ChangelogEntry } from './changelog.ts';
import type { LifeCycleEvent } from './life-cycle.ts';

export interface Report {
  /** When it was made; from this day its dates are judged. */
  made: string;
  baseline: ReportedBaseline;
  /** Null for a report of all that the baseline has. */
  since: ReportedBaseline | null;
  /** `2026-12-01`; null where the config names no interval of visits. */
  nextVisit: string | null;
  mirrors: ReportedMirror[];
  /** Sorted by name. */
  hosts: HostChanges[];
  /** Every host that reported. */
  book: HostOverview[];
  /** The earliest first. */
  lifeCycle: LifeCycleEvent[];
  totals: {
    sources: number;
    added: number;
    upgraded: number;
    downgraded: number;
    removed: number;
    cves: number;
  };
  /** Sorted by source package. */
  sources: ReportedSource[];
}

export interface ReportedBaseline {
  name: string;
  digest: string;
  created: string;
}

/** What the baseline changes on one host. */
export interface HostChanges {
  name: string;
  /** Like `pve 9.0.3`. */
  products: string[];
  /** When its lock was made. */
  locked: string;
  /** Null where it could not be made; `problem` says why. */
  forecast: Forecast | null;
  problem: string | null;
}

export interface ReportedMirror {
  id: string;
  origin: string | null;
  suite: string;
  /** Date of the signed Release. */
  date: string | null;
  /** Fingerprints of the keys that signed it. */
  signers: string[];
}

export interface ReportedSource {
  source: string;
  mirrors: string[];
  packages: ReportedPackage[];
  urgency: string | null;
  cves: string[];
  changelog: ChangelogEntry[];
  /** Why there is no changelog; null where there is one, or nothing came. */
  missing: string | null;
}

export interface ReportedPackage {
  name: string;
  architecture: string;
  change: 'added' | 'upgraded' | 'downgraded' | 'removed';
  from: string | null;
  to: string | null;
}

/** One package that changed, with the files that bring it; none where it is removed. */
export interface ChangedPackage extends ReportedPackage {
  source: string;
  mirror: string;
  entry: PackageEntry | null;
}

/** The highest version of each package in each mirror. */
export interface PackageHeads {
  add(entry: PackageEntry): void;
  heads: ReadonlyMap<string, PackageEntry>;
}

export function createPackageHeads(): PackageHeads {
  const heads = new Map<string, PackageEntry>();
  return {
    heads,
    add(entry) {
      if (entry.architecture === 'source') return;
      const key = `${entry.mirror} ${entry.name} ${entry.architecture}`;
      const known = heads.get(key);
      if (known === undefined || compareVersions(entry.version, known.version) > 0) heads.set(key, entry);
    },
  };
}

/** Sorted by source, name and architecture. */
export function changedPackages(before: PackageHeads, after: PackageHeads): ChangedPackage[] {
  const changed: ChangedPackage[] = [];
  for (const key of new Set([...before.heads.keys(), ...after.heads.keys()])) {
    const [old, now] = [before.heads.get(key), after.heads.get(key)];
    const either = now ?? old;
    const order = old === undefined || now === undefined ? 1 : compareVersions(now.version, old.version);
    if (either === undefined || order === 0) continue;
    const change =
      old === undefined ? 'added' : now === undefined ? 'removed' : order > 0 ? 'upgraded' : 'downgraded';
    const [source = ''] = either.source.split(' ');
    changed.push({
      ...{ name: either.name, architecture: either.architecture, mirror: either.mirror, source, change },
      ...{ from: old?.version ?? null, to: now?.version ?? null, entry: now ?? null },
    });
  }
  return changed.toSorted(
    (a, b) =>
      compareText(a.source, b.source) ||
      compareText(a.name, b.name) ||
      compareText(a.architecture, b.architecture) ||
      compareText(a.mirror, b.mirror),
  );
}

export function bySource(changed: readonly ChangedPackage[]): Map<string, ChangedPackage[]> {
  const sources = new Map<string, ChangedPackage[]>();
  for (const item of changed) sources.set(item.source, [...(sources.get(item.source) ?? []), item]);
  return sources;
}

export function totalsOf(sources: readonly ReportedSource[]): Report['totals'] {
  const count = (change: ReportedPackage['change']): number =>
    sources.reduce((sum, { packages }) => sum + packages.filter((item) => item.change === change).length, 0);
  return {
    sources: sources.length,
    ...{ added: count('added'), upgraded: count('upgraded') },
    ...{ downgraded: count('downgraded'), removed: count('removed') },
    cves: new Set(sources.flatMap(({ cves }) => cves)).size,
  };
}
