/** Writes one mirror's part of packages.jsonl, with only what closures keep, and records who sees each file. */
import { join } from 'node:path';
import { readSelectedPackages, writeSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import type { PackageListPart } from '../../mirror/workflows/indexed-mirror.ts';
import type { ClosableMirror } from './closable-mirror.ts';
import { createKeeper, sourceOf } from '../domain/closure-keys.ts';
import type { Offer } from '../domain/offers.ts';

export interface Keeping {
  /** By target. */
  kept: ReadonlyMap<string, Iterable<Offer>>;
  /** The closure list: grows. */
  list: Map<string, string[]>;
  workDirectory: string;
}

export async function writeThinList(
  { mirror, packages }: ClosableMirror,
  { kept, list, workDirectory }: Keeping,
): Promise<PackageListPart> {
  const here = new Set<string>();
  function keep({ sha256 }: SelectedPackage, target: string): void {
    here.add(sha256);
    const targets = list.get(sha256) ?? [];
    if (!targets.includes(target)) list.set(sha256, [...targets, target].toSorted(compareText));
  }
  const keepers = [...kept].map(([target, offers]) => ({
    target,
    keeper: createKeeper(offers),
    sources: new Set<string>(),
  }));
  for await (const entry of readSelectedPackages(packages.path)) {
    for (const { target, keeper, sources } of keepers) {
      if (!keeper.keepsBinary(entry)) continue;
      keep(entry, target);
      sources.add(sourceOf(entry));
    }
  }
  const ofSources = keepers.map(({ target, keeper, sources }) => ({
    target,
    keepsSource: keeper.keepsSource(sources),
  }));
  const entries: SelectedPackage[] = [];
  for await (const entry of readSelectedPackages(packages.path)) {
    for (const { target, keepsSource } of ofSources) if (keepsSource(entry)) keep(entry, target);
    if (here.has(entry.sha256)) entries.push(entry);
  }
  const path = join(workDirectory, `${mirror.id}.thin.jsonl`);
  return { path, omitted: packages.omitted, ...(await writeSelectedPackages(path, entries)) };
}
