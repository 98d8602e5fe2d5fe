/** Groups a plan by source package: what one upload to the archive changes on the host. */
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { HeldBack, SourceChange, SourceChanges } from './forecast.ts';

/** By `changeKey`; several where mirrors offer the same package. */
export type PlannedEntries = ReadonlyMap<string, readonly PackageEntry[]>;

export function changeKey({ name, architecture }: PlannedChange, version: string): string {
  return `${name} ${version} ${architecture}`;
}

/** Returns changes sorted by source package; the packages of each by name and architecture. */
export function sourceChanges(
  plan: UpgradePlan,
  about: { entries: PlannedEntries; removedSources: ReadonlyMap<string, string> },
): SourceChanges[] {
  const sources = new Map<string, SourceChanges>();
  const add = (source: string, mirrors: readonly string[], change: SourceChange): void => {
    const known = sources.get(source) ?? { source, mirrors: [], changes: [] };
    known.changes.push(change);
    known.mirrors = [...new Set([...known.mirrors, ...mirrors])].toSorted(compareText);
    sources.set(source, known);
  };
  for (const action of ['upgrade', 'install', 'downgrade'] as const) {
    for (const change of plan[action]) {
      const found = about.entries.get(changeKey(change, change.to ?? '')) ?? [];
      const [source = change.name] = (found[0]?.source ?? change.name).split(' ');
      const mirrors = found.map(({ mirror }) => mirror);
      add(source, mirrors, { ...change, action });
    }
  }
  for (const change of plan.remove)
    add(about.removedSources.get(change.name) ?? change.name, [], { ...change, action: 'remove' });
  for (const { changes } of sources.values())
    changes.sort((a, b) => compareText(a.name, b.name) || compareText(a.architecture, b.architecture));
  return [...sources.values()].toSorted((a, b) => compareText(a.source, b.source));
}

/** Returns installed packages that have a newer candidate and are not in the plan. All names are apt's own. */
export function heldBackOf(about: {
  policy: ReadonlyMap<string, { installed: string | null; candidate: string | null }>;
  planned: ReadonlySet<string>;
  held: ReadonlySet<string>;
}): HeldBack[] {
  const found: HeldBack[] = [];
  for (const [name, { installed, candidate }] of about.policy) {
    if (installed === null || candidate === null || installed === candidate || about.planned.has(name))
      continue;
    found.push({ name, installed, offered: candidate, why: about.held.has(name) ? 'hold' : 'apt' });
  }
  return found.toSorted((a, b) => compareText(a.name, b.name));
}
