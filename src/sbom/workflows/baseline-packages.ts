/** The packages of a baseline as components of a bill: those of its list, with the origin of their mirror. */
import { join } from 'node:path';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { packagesFileName } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { componentOfEntry, type ComponentOrigin, type SbomComponent } from '../domain/sbom.ts';

/** A baseline and the directory with its documents. */
export interface ListedBaseline {
  baseline: Baseline;
  directory: string;
}

export interface ListedPackage {
  entry: PackageEntry;
  component: Omit<SbomComponent, 'ref'>;
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
    const origin = origins.get(entry.mirror) ?? { origin: '', codename: null };
    const key = `${origin.origin} ${entry.sha256}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield { entry, component: componentOfEntry(entry, origin) };
  }
}

/** The Debian release of a mirror is that of its targets. */
function mirrorOrigins({ content: { mirrors, targets } }: Baseline): Map<string, ComponentOrigin> {
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
