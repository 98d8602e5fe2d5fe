/** Changed packages -> sources with their changelogs, out of the smallest package of each source that has one. */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readPackageChangelog, type FoundChangelog } from '../adapters/package-changelog.ts';
import { entriesSince, highestUrgency, namedCves } from '../domain/changelog.ts';
import type { ChangedPackage, ChangelogGap, MissingChangelog, ReportedSource } from '../domain/report.ts';

/** Unpacking takes the time, and it runs in processes of its own. */
const atOnce = 2;
const absent: MissingChangelog = { why: 'absent', detail: '' };

/** `pathOf` names the package file of an entry. */
export async function readChangelogs(
  groups: readonly (readonly [string, readonly ChangedPackage[]])[],
  about: { pathOf: (entry: PackageEntry) => string; hosts: ReadonlyMap<string, string[]>; context: Context },
): Promise<ReportedSource[]> {
  const { pathOf, hosts, context } = about;
  const sources: ReportedSource[] = [];
  const queue = groups.entries();
  context.progress.step(`Reading the changelogs of ${groups.length} source packages`);
  const worker = async (): Promise<void> => {
    for (const [index, [source, packages]] of queue) {
      context.signal.throwIfAborted();
      const found = await readSourceChangelog(packages, pathOf);
      sources[index] = reportSource(source, packages, { found, hosts: hosts.get(source) ?? [] });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return sources;
}

/** `found` is undefined where no changelog is looked for: nothing came, or all there is came. */
export function reportSource(
  source: string,
  packages: readonly ChangedPackage[],
  { found, hosts }: { found: FoundChangelog | { missing: 'absent' } | undefined; hosts: string[] },
): ReportedSource {
  const { changelog, gap } = changelogOf(packages, found);
  return {
    source,
    mirrors: [...new Set(packages.flatMap(({ mirror }) => mirror ?? []))].toSorted(),
    packages: packages.map(({ name, architecture, change, from, to }) => ({
      name,
      architecture,
      change,
      from,
      to,
    })),
    urgency: highestUrgency(changelog),
    cves: namedCves(changelog),
    changelog,
    gap,
    missing: missingOf(found),
    hosts,
  };
}

function missingOf(found: FoundChangelog | { missing: 'absent' } | undefined): MissingChangelog | null {
  if (found === undefined || !('missing' in found)) return null;
  return found.missing === 'absent' ? absent : { why: found.missing, detail: found.detail };
}

function changelogOf(
  packages: readonly ChangedPackage[],
  found: FoundChangelog | { missing: 'absent' } | undefined,
): Pick<ReportedSource, 'changelog' | 'gap'> {
  if (found === undefined || 'missing' in found) return { changelog: [], gap: null };
  const upgraded = packages.filter(({ from, entry }) => from !== null && entry !== null);
  const oldest = upgraded.flatMap(({ sourceFrom }) => sourceFrom ?? []).toSorted(compareVersions)[0];
  const { entries, isWhole } = entriesSince(found.text, oldest ?? null);
  // For a package that is new to the hosts, the last entry is enough.
  if (upgraded.length === 0) return { changelog: entries.slice(0, 1), gap: null };
  if (oldest === undefined) return { changelog: entries.slice(0, 1), gap: 'other-versions' };
  const early: ChangelogGap = found.isCut ? 'cut' : 'ends-early';
  return { changelog: entries, gap: isWhole ? null : early };
}

async function readSourceChangelog(
  packages: readonly ChangedPackage[],
  pathOf: (entry: PackageEntry) => string,
): Promise<FoundChangelog | { missing: 'absent' } | undefined> {
  const entries = packages.flatMap(({ entry }) => entry ?? []).toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  if (entries.length === 0) return undefined;
  let missing: FoundChangelog | { missing: 'absent' } = { missing: 'absent' };
  for (const entry of entries) {
    const found = await readPackageChangelog(pathOf(entry), entry);
    if (found === undefined) continue;
    if ('text' in found) return found;
    missing = found;
  }
  return missing;
}
