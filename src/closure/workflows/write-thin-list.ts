/** One mirror's part of packages.jsonl, with only what closures keep. */
import { join } from 'node:path';
import { readSelectedPackages, writeSelectedPackages } from '../../mirror/adapters/package-list-file.ts';
import type { SelectedPackage } from '../../upstream/domain/package-selection.ts';
import type { IndexedMirror, PackageListPart } from '../../mirror/workflows/indexed-mirror.ts';
import { createKeeper, sourceOf } from '../domain/closure-keys.ts';
import type { Offer } from '../domain/offers.ts';

export async function writeThinList(
  { mirror, packages }: IndexedMirror,
  kept: Iterable<Offer>,
  workDirectory: string,
): Promise<PackageListPart> {
  const keeper = createKeeper(kept);
  const entries: SelectedPackage[] = [];
  const sources = new Set<string>();
  for await (const entry of readSelectedPackages(packages.path)) {
    if (!keeper.keepsBinary(entry)) continue;
    entries.push(entry);
    sources.add(sourceOf(entry));
  }
  if (mirror.types.includes('deb-src')) {
    const keepsSource = keeper.keepsSource(sources);
    const all: SelectedPackage[] = [];
    const binaries = new Set(entries.map(({ filename }) => filename));
    for await (const entry of readSelectedPackages(packages.path)) {
      if (keepsSource(entry) || binaries.has(entry.filename)) all.push(entry);
    }
    entries.splice(0, entries.length, ...all);
  }
  const path = join(workDirectory, `${mirror.id}.thin.jsonl`);
  return { path, omitted: packages.omitted, ...(await writeSelectedPackages(path, entries)) };
}
