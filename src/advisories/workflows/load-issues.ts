/** Reads the issues of wanted packages from the security data of a baseline. */
import type { Context } from '../../core/domain/progress.ts';
import { readAdvisoryData } from '../adapters/advisory-data.ts';
import { keptAdvisoryPath } from '../adapters/kept-advisories.ts';
import type { AdvisoryData, AdvisoryRecord } from '../domain/advisory-record.ts';
import type { Issue, IssuesByPackage } from '../domain/issue.ts';

export interface LoadedIssues {
  /** Issues of wanted packages, by release. */
  byRelease: Map<string, IssuesByPackage>;
  /** Binary packages of source packages as a release has them, by the name of the data that says so. */
  binaries: Map<string, ReadonlyMap<string, readonly string[]>>;
}

/**
 * `directory` is the baseline's. Where several data name an issue of a package, the first in the config counts.
 * @throws PommgrError `integrity.advisories`, or the system's error for data that was removed.
 */
export async function loadIssues(
  { data }: AdvisoryRecord,
  {
    directory,
    isWanted,
    context,
  }: { directory: string; isWanted: (name: string) => boolean; context: Context },
): Promise<LoadedIssues> {
  const byRelease = new Map<string, Map<string, Issue[]>>();
  const binaries: LoadedIssues['binaries'] = new Map();
  const known = new Set<string>();
  for (const one of data) {
    context.signal.throwIfAborted();
    const own = new Set<string>();
    const read = await readAdvisoryData(fileOf(one, directory), {
      releases: one.releases,
      isWanted,
      onIssue(issue, release) {
        const key = `${release} ${issue.package} ${issue.id}`;
        if (known.has(key)) return;
        own.add(key);
        const issues = byRelease.get(release) ?? new Map<string, Issue[]>();
        byRelease.set(release, issues);
        const of = issues.get(issue.package) ?? [];
        issues.set(issue.package, of);
        of.push(issue);
      },
    });
    for (const key of own) known.add(key);
    if (read.binaries !== undefined) binaries.set(one.name, read.binaries);
  }
  return { byRelease, binaries };
}

function fileOf({ name, format, kept, isCompressed }: AdvisoryData, directory: string) {
  return { path: keptAdvisoryPath(directory, kept.sha256), name, format, isCompressed };
}
