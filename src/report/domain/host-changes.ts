/**
 * Turns the plans of hosts into the changes of a report: each package that any of them installs, upgrades or removes.
 * Invariant: a version that two hosts have is one change, and versions that differ are told apart.
 */
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { splitSource } from '../../apt/domain/package-source.ts';
import type { SourceChange } from '../../forecast/domain/forecast.ts';
import { sortChanges, type ChangedPackage, type HostChanges } from './report.ts';

const changeOf = {
  install: 'added',
  upgrade: 'upgraded',
  downgrade: 'downgraded',
  remove: 'removed',
} as const;

/** `key` names the file that brings a change. */
export function entryKey({
  name,
  architecture,
  version,
}: Record<'name' | 'architecture' | 'version', string>): string {
  return `${name} ${version} ${architecture}`;
}

/** The keys of all files that the plans need. */
export function plannedKeys(hosts: readonly HostChanges[]): Set<string> {
  return new Set(
    allChanges(hosts).flatMap(({ change: { name, architecture, to } }) =>
      to === null ? [] : [entryKey({ name, architecture, version: to })],
    ),
  );
}

export function changesOnHosts(
  hosts: readonly HostChanges[],
  entries: ReadonlyMap<string, PackageEntry>,
): ChangedPackage[] {
  const changed = new Map<string, ChangedPackage>();
  for (const { source, mirrors, change } of allChanges(hosts)) {
    const { name, architecture, action, from, to } = change;
    const entry = to === null ? undefined : entries.get(entryKey({ name, architecture, version: to }));
    changed.set([source, name, architecture, action, from, to].join(' '), {
      ...{ name, architecture, source, change: changeOf[action], from, to },
      mirror: entry?.mirror ?? mirrors[0] ?? null,
      sourceFrom: entry === undefined ? from : sourceVersionBefore(entry, from),
      entry: entry ?? null,
    });
  }
  return sortChanges([...changed.values()]);
}

/** Names of the hosts on which each source package changes. */
export function hostsBySource(hosts: readonly HostChanges[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, forecast } of hosts) {
    for (const { source } of forecast?.sources ?? []) {
      const known = found.get(source);
      if (known === undefined) found.set(source, [name]);
      else if (!known.includes(name)) known.push(name);
    }
  }
  return found;
}

/**
 * A host knows the version of an installed package, not that of its source. They are the same except for rebuilds
 * (`+b1`); where a source counts in another way, the answer is null.
 */
function sourceVersionBefore(entry: PackageEntry, from: string | null): string | null {
  const plain = (version: string): string => version.replace(/\+b\d+$/, '');
  if (from === null || plain(entry.version) !== plain(splitSource(entry).version)) return null;
  return plain(from);
}

function allChanges(
  hosts: readonly HostChanges[],
): { source: string; mirrors: string[]; change: SourceChange }[] {
  return hosts.flatMap(({ forecast }) =>
    (forecast?.sources ?? []).flatMap(({ source, mirrors, changes }) =>
      changes.map((change) => ({ source, mirrors, change })),
    ),
  );
}
