/**
 * Extracts the changelogs of the packages that an upgrade would bring from the packages in this store or in that of
 * another host: apt and the web interface show them without a network. Invariant: a failure here fails nothing else, and
 * of a package that was fetched for it only the changelog stays.
 */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { readChangelog } from '../../apt/adapters/package-changelog.ts';
import { changelogPath } from '../../apt/domain/apt-configuration.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { formatBytes } from '../../core/domain/byte-size.ts';
import { removeRestoreFiles } from '../../store/adapters/restore-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { withPackageFiles } from '../../store/workflows/package-files.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import { makeDirectory, pathExists, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';

export interface ExtractOptions {
  target: Target;
  store: Store;
  aptRoot: AptRoot;
  /** Destination, with apt's own names for them. */
  directory: string;
  context: Context;
}

/** Existing changelogs stay. */
export async function extractChangelogs(
  plan: UpgradePlan,
  stored: StoredBaseline,
  { target, store, aptRoot, directory, context }: ExtractOptions,
): Promise<void> {
  const without = await readWithout(directory);
  const missing: [string, PackageEntry[]][] = [];
  for (const [path, entries] of await entriesByPath(plan, stored, target)) {
    if (without.has(path) || (await pathExists(join(directory, path)))) continue;
    missing.push([path, entries]);
  }
  if (missing.length === 0) return;
  context.progress.step(stepText(missing, stored));
  const next = missing.values();
  const failures: string[] = [];
  const work = async (read: ReadPackage): Promise<void> => {
    const extracting: Extracting = { read, directory, without, failures, context };
    // Each takes as long as its package takes to unpack.
    await Promise.all([extractAll(next, extracting), extractAll(next, extracting)]);
  };
  try {
    await withPackages(stored, { store, aptRoot, context }, work);
  } catch (error) {
    // The other store may be gone by now.
    if (context.signal.aborted || !(error instanceof PommgrError) || error.family === 'interrupted')
      throw error;
    failures.push(error.message);
  }
  if (stored.remote !== null) await writeWithout(directory, without);
  const [first] = failures;
  if (first !== undefined) {
    context.progress.warn(
      `The changelogs of ${failures.length} packages could not be extracted; "apt-get changelog" will not show them. ${first}`,
    );
  }
}

function stepText(missing: readonly [string, PackageEntry[]][], { remote }: StoredBaseline): string {
  const count = missing.length;
  if (remote === null) return `Extracting the changelogs of ${count} packages`;
  const sizeBytes = missing.reduce((sum, [, [entry]]) => sum + (entry?.sizeBytes ?? 0), 0);
  return `Fetching ${count} packages (${formatBytes(sizeBytes)}) for their changelogs`;
}

/** Lets `use` read one package file. */
type ReadPackage = <T>(entry: PackageEntry, use: (deb: string) => Promise<T>) => Promise<T>;

/** One of another host's store is there for as long as it is read. */
async function withPackages(
  stored: StoredBaseline,
  { store, aptRoot, context }: Pick<ExtractOptions, 'store' | 'aptRoot' | 'context'>,
  work: (read: ReadPackage) => Promise<void>,
): Promise<void> {
  if (stored.remote === null) {
    await work((entry, use) => use(join(stored.directory, entry.mirror, entry.filename)));
    return;
  }
  try {
    await withPackageFiles(stored, { store, aptRoot, signal: context.signal }, (files) =>
      work(async (entry, use) => {
        await files.checkSpace([entry]);
        const deb = await files.verify(entry);
        const result = await use(deb);
        await rm(deb);
        return result;
      }),
    );
  } finally {
    await removeRestoreFiles(store);
  }
}

interface Extracting {
  read: ReadPackage;
  directory: string;
  /** Paths for which no package has a changelog. */
  without: Set<string>;
  failures: string[];
  context: Context;
}

async function extractAll(next: Iterable<[string, PackageEntry[]]>, extracting: Extracting): Promise<void> {
  for (const [path, entries] of next) {
    try {
      await extractOne(path, entries, extracting);
    } catch (error) {
      if (extracting.context.signal.aborted) throw error;
      if (error instanceof PommgrError && error.family === 'interrupted') throw error;
      extracting.failures.push((error as Error).message);
      // What the next would wait for, too.
      if (error instanceof PommgrError && error.family === 'network') return;
    }
  }
}

/** Extracts the changelog from the first of several packages of one source that has it. */
async function extractOne(
  path: string,
  entries: readonly PackageEntry[],
  { read, directory, without, context: { signal } }: Extracting,
): Promise<void> {
  const file = join(directory, path);
  for (const entry of entries) {
    const text = await read(entry, (deb) => readChangelog(deb, { name: entry.name, signal }));
    if (text === undefined) continue;
    await makeDirectory(dirname(file));
    await writeFileAtomic(file, text);
    return;
  }
  without.add(path);
}

/** Beside the changelogs of a baseline in another store: the next apply does not fetch these packages again. */
const withoutFileName = 'without';

async function readWithout(directory: string): Promise<Set<string>> {
  const file = join(directory, withoutFileName);
  if (!(await pathExists(file))) return new Set();
  const lines = (await readPlainFile(file)).toString('utf8').split('\n');
  return new Set(lines.filter((line) => line !== ''));
}

async function writeWithout(directory: string, without: ReadonlySet<string>): Promise<void> {
  await makeDirectory(directory);
  const lines = [...without].toSorted(compareText).map((path) => `${path}\n`);
  await writeFileAtomic(join(directory, withoutFileName), lines.join(''));
}

/** apt asks by component and source package, so one changelog serves all packages of a source; the smallest is first. */
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
    found.set(
      path,
      [...(found.get(path) ?? []), entry].toSorted((a, b) => a.sizeBytes - b.sizeBytes),
    );
  }
  return found;
}
