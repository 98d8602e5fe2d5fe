/**
 * What baselines list of packages: each file once, with the origin of its mirror; and where the packages of a host are
 * from, as far as a baseline lists them.
 */
import { join } from 'node:path';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { packagesFileName } from '../adapters/baseline-files.ts';
import type { Baseline } from '../domain/baseline.ts';

/** A baseline and the directory with its documents. */
export interface ListedBaseline {
  baseline: Baseline;
  directory: string;
}

export interface ListedPackage {
  entry: PackageEntry;
  from: PackageOrigin;
}

/** Where a package comes from. */
export interface PackageOrigin {
  /** `Origin` of the mirror's signed Release file; empty where it names none. */
  origin: string;
  /** Codename of the Debian release of the mirror's targets; null where they are of several. */
  codename: string | null;
}

/**
 * Yields the package files in the order of the list, each once: mirrors may share some. Of a source package, the .dsc
 * stands for all of its files.
 */
export async function* readListedPackages({
  baseline,
  directory,
}: ListedBaseline): AsyncGenerator<ListedPackage> {
  const origins = mirrorOrigins(baseline);
  const seen = new Set<string>();
  for await (const entry of readPackages(join(directory, packagesFileName))) {
    if (entry.architecture === 'source' && !entry.filename.endsWith('.dsc')) continue;
    const from = origins.get(entry.mirror) ?? { origin: '', codename: null };
    const key = `${from.origin} ${entry.sha256}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield { entry, from };
  }
}

function mirrorOrigins({ content: { mirrors, targets } }: Baseline): Map<string, PackageOrigin> {
  return new Map(
    mirrors.map(({ id, release }) => {
      const of = targets.filter((target) => target.mirrors.includes(id));
      return [id, { origin: release.origin, codename: onlyCodename(of) }];
    }),
  );
}

export function onlyCodename(targets: readonly { codename: string }[]): string | null {
  const codenames = new Set(targets.map(({ codename }) => codename));
  const [first = null] = codenames;
  return codenames.size === 1 ? first : null;
}

type Named = Pick<PackageEntry, 'name' | 'version' | 'architecture'>;

export function listedKey({ name, version, architecture }: Named): string {
  return `${name} ${version} ${architecture}`;
}

/**
 * Finds packages by name, version and architecture. Reads one baseline after the other until each is found: the one with
 * the digest `first`, then the newest.
 */
export async function findListed(
  packages: readonly Named[],
  baselines: readonly ListedBaseline[],
  first: string | undefined,
): Promise<Map<string, ListedPackage>> {
  const rank = ({ baseline }: ListedBaseline): number => (baseline.digest === first ? 0 : 1);
  const inOrder = baselines.toSorted(
    (a, b) => rank(a) - rank(b) || b.baseline.sequence - a.baseline.sequence,
  );
  const missing = new Set(packages.map(listedKey));
  const found = new Map<string, ListedPackage>();
  for (const listed of inOrder) {
    if (missing.size === 0) break;
    for await (const item of readListedPackages(listed)) {
      const key = listedKey(item.entry);
      if (missing.delete(key)) found.set(key, item);
    }
  }
  return found;
}
