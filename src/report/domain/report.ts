/**
 * The report by which a baseline is approved: what it changes since another one, by source package, out of the packages'
 * own changelogs. Invariant: what could not be read is named beside the package, and is never just absent.
 */
import type { AdvisoryFindings } from '../../advisories/domain/findings.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { splitSource } from '../../apt/domain/package-source.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Forecast } from '../../forecast/domain/forecast.ts';
import type { HostOverview } from '../../hosts/domain/host-overview.ts';
import type { SubscriptionEntry } from '../../subscription/domain/subscription-report.ts';
import type { ChangelogEntry } from './changelog.ts';
import type { LifeCycleEvent } from '../../baseline/domain/life-cycle.ts';
import type { ReportedRollout } from './reported-rollouts.ts';

export interface Report {
  /** When it was made; from this day its dates are judged. */
  made: string;
  baseline: ReportedBaseline;
  /** `nothing`: all packages of the baseline are listed, without changelogs. */
  comparedWith: 'hosts' | 'baseline' | 'nothing';
  /** The other baseline; null where the report compares with none. */
  since: ReportedBaseline | null;
  /** `2026-12-01`; null where the config names no interval of visits. */
  nextVisit: string | null;
  mirrors: ReportedMirror[];
  /** Sorted by name. */
  hosts: HostChanges[];
  /** Known security issues; null where no data was taken with the baseline. */
  advisories: AdvisoryFindings | null;
  /** Every host that reported. */
  book: BookEntry[];
  /** Rollouts of clusters, from the signed records that hosts left; the newest first. */
  rollouts: ReportedRollout[];
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

/** A host of the site, with all that the online side knows of it. */
export interface BookEntry extends HostOverview {
  /** Null where none was made, or it could not be made. */
  forecast: {
    verdict: Forecast['verdict'];
    /** Packages that change. */
    changes: number;
    reboot: boolean;
    prompts: number;
  } | null;
  subscriptions: Pick<SubscriptionEntry, 'product' | 'maskedKey' | 'validUntil' | 'verdict'>[];
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
  missing: MissingChangelog | null;
  /**
   * What the changelog does not tell: `cut`, for only its beginning was read; `ends-early`, for it does not reach back
   * to the version before; `other-versions`, for the package and its source count differently. Null where it is whole.
   */
  gap: ChangelogGap | null;
  /** Hosts of this report on which it changes something. */
  hosts: string[];
}

export type ChangelogGap = 'cut' | 'ends-early' | 'other-versions';

export interface MissingChangelog {
  /** `absent`: no package of the source has one. */
  why: 'absent' | 'damaged' | 'too-large' | 'unreadable';
  /** The file, or what a tool said about the package; empty for an absent one. */
  detail: string;
}

export interface ReportedPackage {
  name: string;
  architecture: string;
  change: 'added' | 'upgraded' | 'downgraded' | 'removed';
  from: string | null;
  to: string | null;
}

/** One package that changed. */
export interface ChangedPackage extends ReportedPackage {
  source: string;
  /** Null for a removed package of a host, of which the mirror is not known. */
  mirror: string | null;
  /** Version of the source before; null where there was none, or it is not known. */
  sourceFrom: string | null;
  /** The file that brings it; null where it is removed. */
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
    const { name, architecture, mirror } = either;
    changed.push({
      ...{ name, architecture, mirror, change, source: splitSource(either).name },
      ...{ from: old?.version ?? null, to: now?.version ?? null, entry: now ?? null },
      sourceFrom: old === undefined ? null : splitSource(old).version,
    });
  }
  return sortChanges(changed);
}

/** By source, name, architecture, mirror and version. */
export function sortChanges(changed: readonly ChangedPackage[]): ChangedPackage[] {
  return changed.toSorted(
    (a, b) =>
      compareText(a.source, b.source) ||
      compareText(a.name, b.name) ||
      compareText(a.architecture, b.architecture) ||
      compareText(a.mirror ?? '', b.mirror ?? '') ||
      compareText(a.from ?? '', b.from ?? ''),
  );
}

export function bySource(changed: readonly ChangedPackage[]): Map<string, ChangedPackage[]> {
  const sources = new Map<string, ChangedPackage[]>();
  for (const item of changed) {
    const known = sources.get(item.source);
    if (known === undefined) sources.set(item.source, [item]);
    else known.push(item);
  }
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
