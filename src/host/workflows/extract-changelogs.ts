/**
 * Extracts the changelogs of the packages that an upgrade would bring from the packages in the store: apt and the web
 * interface show them without a network. Invariant: a failure here fails nothing else.
 */
import { dirname, join } from 'node:path';
import { readChangelog } from '../../apt/adapters/package-changelog.ts';
import { changelogPath } from '../../apt/domain/apt-configuration.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { makeDirectory, pathExists, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';

export interface ExtractOptions {
  target: Target;
  /** Destination, with apt's own names for them. */
  directory: string;
  context: Context;
}

/** Existing changelogs stay. A baseline whose packages are in the store of another host has none here. */
export async function extractChangelogs(
  plan: UpgradePlan,
  stored: StoredBaseline,
  { target, directory, context }: ExtractOptions,
): Promise<void> {
  if (stored.remote !== null) return;
  const wanted = [...(await entriesByPath(plan, stored, target))];
  const missing: [string, PackageEntry[]][] = [];
  for (const [path, entries] of wanted) {
    if (!(await pathExists(join(directory, path)))) missing.push([path, entries]);
  }
  if (missing.length === 0) return;
  context.progress.step(`Extracting the changelogs of ${missing.length} packages`);
  const next = missing.values();
  const extracting: Extracting = { stored, directory, context, failures: [] };
  // Each takes as long as its package takes to unpack.
  await Promise.all([extractAll(next, extracting), extractAll(next, extracting)]);
  const [first] = extracting.failures;
  if (first !== undefined) {
    context.progress.warn(
      `The changelogs of ${extracting.failures.length} packages could not be extracted; "apt-get changelog" will not show them. ${first}`,
    );
  }
}

interface Extracting {
  stored: StoredBaseline;
  directory: string;
  context: Context;
  failures: string[];
}

async function extractAll(next: Iterable<[string, PackageEntry[]]>, extracting: Extracting): Promise<void> {
  for (const [path, entries] of next) {
    try {
      await extractOne(join(extracting.directory, path), entries, extracting);
    } catch (error) {
      if (extracting.context.signal.aborted) throw error;
      if (error instanceof PommgrError && error.family === 'interrupted') throw error;
      extracting.failures.push((error as Error).message);
    }
  }
}

/** Extracts the changelog from the first of several packages of one source that has it. */
async function extractOne(
  file: string,
  entries: readonly PackageEntry[],
  { stored, context }: Extracting,
): Promise<void> {
  for (const { mirror, filename, name } of entries) {
    const deb = join(stored.directory, mirror, filename);
    const text = await readChangelog(deb, { name, signal: context.signal });
    if (text === undefined) continue;
    await makeDirectory(dirname(file));
    await writeFileAtomic(file, text);
    return;
  }
}

/** apt asks by component and source package, so one changelog serves all packages of a source. */
async function entriesByPath(
  plan: UpgradePlan,
  { directory }: StoredBaseline,
  target: Target,
): Promise<Map<string, PackageEntry[]>> {
  const keyOf = (name: string, version: string | null, architecture: string): string =>
    `${name} ${version} ${architecture}`;
  const wanted = new Set(plan.incoming.map(({ name, to, architecture }) => keyOf(name, to, architecture)));
  const found = new Map<string, PackageEntry[]>();
  if (wanted.size === 0) return found;
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    if (!wanted.has(keyOf(entry.name, entry.version, entry.architecture))) continue;
    if (!target.mirrors.includes(entry.mirror)) continue;
    const path = changelogPath(entry);
    found.set(path, [...(found.get(path) ?? []), entry]);
  }
  return found;
}
