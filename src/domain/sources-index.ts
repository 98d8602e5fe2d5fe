/** Reads a `Sources` index (Debian wiki, DebianRepository/Format) as it streams in: a stanza is several files. */
import { isSafeRelativePath } from './digest.ts';
import { packageNamePattern, packageVersionPattern, type PackageEntry } from './package-entry.ts';
import { sectionField, type IndexedPackage } from './packages-index.ts';
import {
  createIndexScanner,
  type IndexScanner,
  type IndexSource,
  type WantedField,
} from './stanza-stream.ts';

const fields: readonly WantedField[] = [
  { name: 'Package', pattern: packageNamePattern, expected: 'the name of a source package' },
  { name: 'Version', pattern: packageVersionPattern, expected: 'the version of a package' },
  { name: 'Directory', pattern: /^[!-~]+$/, expected: 'a path without blanks' },
  {
    name: 'Checksums-Sha256',
    pattern: /^(?:[ \t]*[0-9a-f]{64}[ \t]+[0-9]{1,15}[ \t]+[!-.0-~]+(?:\n|$))+$/,
    expected: 'lines of "digest size name"',
  },
  sectionField,
];
type Values = [string, string, string, string, string];

/**
 * A scanner for one Sources index; each file in Checksums-Sha256 becomes an entry of architecture `source`.
 * @throws PommgrError `integrity.index`, from its functions, as the Packages scanner does.
 */
export function createSourcesScanner(source: IndexSource): IndexScanner<IndexedPackage> {
  const { mirror, component } = source;
  return createIndexScanner(source, {
    fields,
    read({ values, refuse }) {
      const [name, version, directory, checksums, section] = values as Values;
      return checksums.split('\n').map((line) => {
        const [sha256 = '', size, file] = line.trim().split(/[ \t]+/);
        const filename = `${directory}/${file}`;
        if (!isSafeRelativePath(filename)) {
          throw refuse(
            `expected Directory and file to be a path without "..", found ${JSON.stringify(filename)}`,
          );
        }
        const sizeBytes = Number(size);
        const entry: PackageEntry = {
          mirror,
          component,
          name,
          version,
          architecture: 'source',
          source: name,
          filename,
          sizeBytes,
          sha256,
        };
        return { entry, section };
      });
    },
  });
}
