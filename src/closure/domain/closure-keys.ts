/** Decides which lines of a package list a selection keeps. */
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { offerKey, type Offer } from './offers.ts';

/** Returns whether an entry of the package list stays in the thin baseline. */
export type KeepsEntry = (entry: PackageEntry) => boolean;

/**
 * Keeps binary packages by name, version and architecture, in each mirror that has them, and the source packages from
 * which a kept binary package was built.
 */
export function createKeeper(kept: Iterable<Offer>): {
  keepsBinary: KeepsEntry;
  /** `sources` are those of the binary entries that are kept. */
  keepsSource(sources: ReadonlySet<string>): KeepsEntry;
} {
  const keys = new Set<string>();
  for (const offer of kept) keys.add(offerKey(offer));
  return {
    keepsBinary: (entry) => entry.architecture !== 'source' && keys.has(offerKey(entry)),
    keepsSource: (sources) => (entry) =>
      entry.architecture === 'source' && sources.has(`${entry.name} ${entry.version}`),
  };
}

/** Returns `name version` of the source from which a binary package was built (Debian Policy 5.6.1). */
export function sourceOf({ source, version }: PackageEntry): string {
  const [, name = source, named] = /^(\S+) \(([^)]+)\)$/.exec(source) ?? [];
  // A binary rebuild has its own version; the source's lacks the suffix.
  return `${name} ${named ?? version.replace(/\+b[0-9]+$/, '')}`;
}
