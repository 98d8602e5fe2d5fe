/** Reads a `Packages` index (Debian wiki, DebianRepository/Format) as it streams in: a stanza is a package file. */
import { isSafeRelativePath } from '../../core/domain/digest.ts';
import {
  createInterner,
  packageArchitecturePattern,
  packageNamePattern,
  packageSourcePattern,
  packageVersionPattern,
  type PackageEntry,
} from '../../apt/domain/package-entry.ts';
import {
  createIndexScanner,
  type IndexScanner,
  type IndexSource,
  type WantedField,
} from './stanza-stream.ts';

/** A package file that an index lists, with the section that filters ask for. */
export interface IndexedPackage {
  entry: PackageEntry;
  /** As upstream writes it, e.g. `contrib/games`; empty where the stanza has none. */
  section: string;
  /** Lower-case hex, which POM's pool knows the file by as well; empty where the stanza has none. */
  sha512: string;
}

export const sectionField: WantedField = {
  name: 'Section',
  pattern: /^[!-~]*$/,
  expected: 'one word',
  optional: true,
};

const fields: readonly WantedField[] = [
  { name: 'Package', pattern: packageNamePattern, expected: 'the name of a package' },
  { name: 'Version', pattern: packageVersionPattern, expected: 'the version of a package' },
  { name: 'Architecture', pattern: packageArchitecturePattern, expected: 'an architecture' },
  { name: 'Source', pattern: packageSourcePattern, expected: 'the name of a source package', optional: true },
  { name: 'Filename', pattern: /^[!-~]+$/, expected: 'a path without blanks' },
  { name: 'Size', pattern: /^[0-9]{1,15}$/, expected: 'a number of bytes' },
  { name: 'SHA256', pattern: /^[0-9a-f]{64}$/, expected: '64 lower-case hex digits' },
  sectionField,
  { name: 'SHA512', pattern: /^[0-9a-f]{128}$/, expected: '128 lower-case hex digits', optional: true },
];
type Values = [string, string, string, string, string, string, string, string, string];

/**
 * A scanner for one Packages index.
 * @throws PommgrError `integrity.index`, from its functions, for a stanza that lacks a field or has a bad one: an
 * unsafe Filename, no SHA256, a Size that is no number, a name, version or architecture that is not Debian's.
 */
export function createPackagesScanner(source: IndexSource): IndexScanner<IndexedPackage> {
  const { mirror, component } = source;
  const intern = createInterner();
  return createIndexScanner(source, {
    fields,
    read({ values, refuse }) {
      const [name, version, architecture, sourceText, filename, size, sha256, section, sha512] =
        values as Values;
      if (!isSafeRelativePath(filename)) {
        throw refuse(
          `expected Filename to be a relative path without "..", found ${JSON.stringify(filename)}`,
        );
      }
      const entry: PackageEntry = {
        mirror,
        component,
        name,
        version,
        architecture: intern(architecture),
        source: sourceText === '' || sourceText === name ? name : sourceText,
        filename,
        sizeBytes: Number(size),
        sha256,
      };
      return [{ entry, section: intern(section), sha512 }];
    },
  });
}
