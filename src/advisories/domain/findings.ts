/**
 * Which known issues an upgrade mends on a host, which stay open, and which are in packages of the baseline that nobody
 * has installed. Invariant: what affects a host before the upgrade is what debsecan(1) lists for it on the same data.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { AdvisoryData } from './advisory-record.ts';
import {
  isAffected,
  issuesOf,
  urgencies,
  type BuiltPackage,
  type Issue,
  type IssuesByPackage,
} from './issue.ts';

export interface AdvisoryFindings {
  /** The data that was used, in the order of the config. */
  data: UsedData[];
  /** Vendors of packages in the baseline that no data is about: their changelogs are all there is. Sorted. */
  changelogsOnly: string[];
  /** Sorted by name. */
  hosts: HostFindings[];
  /** Issues of the newest packages of the baseline, where no known host has the package installed. */
  notInstalled: Finding[];
}

export interface UsedData
  extends Pick<AdvisoryData, 'name' | 'format' | 'releases' | 'from' | 'dated' | 'issues'> {
  /** SHA-256 of the data as it came. */
  sha256: string;
  ageDays: number;
  /** Why the data may not be what it should be; null without a doubt. */
  doubt: string | null;
}

export interface HostFindings {
  host: string;
  /** Codename of its Debian release. */
  release: string;
  /** Issues that affect the host now, and none of its packages after the upgrade. */
  mended: Finding[];
  /** Issues that affect it after the upgrade. */
  open: Finding[];
  /** Installed packages that no baseline lists, so that their source package is not known. Sorted. */
  unknownSource: string[];
}

export interface Finding
  extends Pick<
    Issue,
    'id' | 'aliases' | 'fixed' | 'urgency' | 'isRemote' | 'decision' | 'isUndetermined' | 'description'
  > {
  /** Source package, or the binary package that the issue is about. */
  package: string;
  /** Sorted by name and architecture. */
  packages: FoundPackage[];
  /** For an open issue: a version in the baseline that does not have it; null where there is none. */
  available: string | null;
}

export interface FoundPackage {
  name: string;
  architecture: string;
  /** Null where it is not affected, or not installed, before the upgrade. */
  before: string | null;
  /** Null where it is not affected, or not installed, after it. */
  after: string | null;
  /** `Origin` of its mirror where it is not Debian: the data may not fit; null for Debian's and unknown ones. */
  vendor: string | null;
}

/** A package with what is known of it. */
export interface KnownPackage extends BuiltPackage {
  architecture: string;
  vendor: string | null;
}

/** Sorted: the most urgent first, then by name of the issue. */
export function findingsOf(
  issues: IssuesByPackage,
  { before, after, offered }: Record<'before' | 'after' | 'offered', readonly KnownPackage[]>,
): { mended: Finding[]; open: Finding[] } {
  const found = new Map<string, { issue: Issue; packages: Map<string, FoundPackage> }>();
  const add = (item: KnownPackage, side: 'before' | 'after'): void => {
    for (const issue of issuesOf(issues, item)) {
      if (!isAffected(issue, item)) continue;
      const key = `${issue.id} ${issue.package}`;
      const entry = found.get(key) ?? { issue, packages: new Map<string, FoundPackage>() };
      found.set(key, entry);
      const { name, architecture, vendor, version } = item;
      const of = `${name}:${architecture}`;
      const known = entry.packages.get(of) ?? { name, architecture, before: null, after: null, vendor };
      entry.packages.set(of, { ...known, [side]: version });
    }
  };
  for (const item of before) add(item, 'before');
  for (const item of after) add(item, 'after');
  const byPackage = offersOf(offered);
  const all = [...found.values()].map(({ issue, packages }) =>
    findingOf(issue, [...packages.values()], byPackage),
  );
  const isOpen = ({ packages }: Finding): boolean => packages.some((item) => item.after !== null);
  return {
    mended: sortFindings(all.filter((finding) => !isOpen(finding))),
    open: sortFindings(all.filter(isOpen)),
  };
}

/** Packages by their own name and by that of their source. */
function offersOf(offered: readonly KnownPackage[]): Map<string, KnownPackage[]> {
  const byPackage = new Map<string, KnownPackage[]>();
  for (const item of offered)
    for (const name of new Set([item.name, item.source.name]))
      byPackage.set(name, [...(byPackage.get(name) ?? []), item]);
  return byPackage;
}

function findingOf(
  issue: Issue,
  packages: FoundPackage[],
  offered: ReadonlyMap<string, readonly KnownPackage[]>,
): Finding {
  const { id, aliases, fixed, urgency, isRemote, decision, isUndetermined, description } = issue;
  const mends = (offered.get(issue.package) ?? []).find(
    (item) => (issue.isBinary ? item.name : item.source.name) === issue.package && !isAffected(issue, item),
  );
  return {
    ...{ id, aliases, fixed, urgency, isRemote, decision, isUndetermined, description },
    package: issue.package,
    packages: packages.toSorted(
      (a, b) => compareText(a.name, b.name) || compareText(a.architecture, b.architecture),
    ),
    available: mends === undefined ? null : issue.isBinary ? mends.version : mends.source.version,
  };
}

function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ urgency }: Finding): number => urgencies.indexOf(urgency);
  return findings.toSorted(
    (a, b) => rank(b) - rank(a) || compareText(b.id, a.id) || compareText(a.package, b.package),
  );
}

/** Issues of offered packages, without those of sources that a host has installed. */
export function findNotInstalled(
  issues: IssuesByPackage,
  { offered, hosts }: { offered: readonly KnownPackage[]; hosts: readonly (readonly KnownPackage[])[] },
): Finding[] {
  const installed = new Set(
    hosts.flatMap((all) => all.map(({ name, architecture }) => `${name}:${architecture}`)),
  );
  const others = offered.filter(({ name, architecture }) => !installed.has(`${name}:${architecture}`));
  return findingsOf(issues, { before: [], after: others, offered }).open;
}
