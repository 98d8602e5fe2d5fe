/**
 * A known security issue of a package in one Debian release, whatever data it comes from. Invariant: whether a version
 * is affected is decided by dpkg's order of versions and the data alone.
 */
import { compareVersions } from '../../apt/domain/debian-version.ts';

/** Lowest first. `end-of-life`: the release, or the package in it, is no longer supported. */
export const urgencies = [
  'unimportant',
  'unknown',
  'end-of-life',
  'low',
  'medium',
  'high',
  'critical',
] as const;
export type Urgency = (typeof urgencies)[number];

export interface Issue {
  /** `CVE-2024-1234`, `DSA-5678-1`, `TEMP-…`. */
  id: string;
  /** Other names of the same issue, sorted. */
  aliases: string[];
  /** A source package, or a binary package where `isBinary`. */
  package: string;
  isBinary: boolean;
  /** A version in one of these is affected. */
  ranges: VersionRange[];
  /** Affected besides those in `ranges`. */
  affected: string[];
  /** Not affected, although in one of `ranges`. */
  unaffected: string[];
  /** The version that mends it in this release; null where there is none yet, or where the data does not say. */
  fixed: string | null;
  urgency: Urgency;
  /** Whether it can be exploited over the network; null where that is unknown. */
  isRemote: boolean | null;
  /** What the security team decided about an update for a stable release; null where it decided nothing. */
  decision: 'no-dsa' | 'postponed' | 'ignored' | null;
  /** Nobody has found out yet whether the package is affected. */
  isUndetermined: boolean;
  description: string;
}

/** From `introduced`, before `fixed`; null for no limit on that side. `last` is the last affected version. */
export interface VersionRange {
  introduced: string | null;
  fixed: string | null;
  last?: string;
}

/** A binary package with the source package that it was built from. */
export interface BuiltPackage {
  name: string;
  version: string;
  source: { name: string; version: string };
}

/**
 * Returns whether the issue affects an installed or offered package. An issue of a binary package compares the version
 * of that package, any other the version of its source.
 */
export function isAffected(issue: Issue, { name, version, source }: BuiltPackage): boolean {
  if (issue.isBinary && issue.package === name) return isInRanges(issue, version);
  return issue.package === source.name && affectsVersion(issue, source.version);
}

/** As debsecan(1) does it: versions that are named as not affected are those of the source package. */
function affectsVersion(issue: Issue, version: string): boolean {
  const isNamed = (versions: readonly string[]): boolean =>
    versions.some((one) => compareVersions(one, version) === 0);
  if (isNamed(issue.unaffected)) return false;
  return isInRanges(issue, version) || isNamed(issue.affected);
}

function isInRanges({ ranges }: Issue, version: string): boolean {
  return ranges.some(
    ({ introduced, fixed, last }) =>
      (introduced === null || compareVersions(introduced, version) <= 0) &&
      (fixed === null || compareVersions(version, fixed) < 0) &&
      (last === undefined || compareVersions(version, last) <= 0),
  );
}

/** Reads a word for urgency as Debian's tracker has it: `low**`, `not yet assigned`. */
export function parseUrgency(text: string): Urgency {
  const word = text.toLowerCase().replace(/\*+$/, '');
  return urgencies.find((urgency) => urgency === word) ?? 'unknown';
}

/** The issues of a package, by its source package, or by its own name where the data does not know the source. */
export type IssuesByPackage = ReadonlyMap<string, readonly Issue[]>;

/** debsecan(1) looks up the name of the package only where the data has nothing about its source. */
export function issuesOf(issues: IssuesByPackage, { name, source }: BuiltPackage): readonly Issue[] {
  return issues.get(source.name) ?? issues.get(name) ?? [];
}
