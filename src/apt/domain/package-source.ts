/** The source package that a binary package was built from (Debian Policy 5.6.1, field `Source` of a binary package). */
import type { PackageEntry } from './package-entry.ts';

/** The version is that of the binary package where the field names none. */
export function splitSource({ source, version }: Pick<PackageEntry, 'source' | 'version'>): {
  name: string;
  version: string;
} {
  const [, name = source, own] = /^(\S+) \((\S+)\)$/.exec(source) ?? [];
  return { name, version: own ?? version };
}
