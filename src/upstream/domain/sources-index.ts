/** Reads a `Sources` index (Debian wiki, DebianRepository/Format) as it streams in: a stanza is several files. */
import { isSafeRelativePath } from '../../core/domain/digest.ts';
import {
  packageNamePattern,
  packageVersionPattern,
  type PackageEntry,
} from '../../apt/domain/package-entry.ts';
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
  {
    name: 'Checksums-Sha512',
    pattern: /^(?:[ \t]*[0-9a-f]{128}[ \t]+[0-9]{1,15}[ \t]+[!-.0-~]+(?:\n|$))+$/,
    expected: 'lines of "digest size name"',
    optional: true,
  },
];
type Values = [string, string, string, string, string, string];

/**
 * A scanner for one Sources index; each file in Checksums-Sha256 becomes an entry of architecture `source`.
 * @throws PommgrError `integrity.index`, from its functions, as the Packages scanner does.
 */
export function createSourcesScanner(source: IndexSource): IndexScanner<IndexedPackage> {
  const { mirror, component } = source;
  return createIndexScanner(source, {
    fields,
    read({ values, refuse }) {
      const [name, version, directory, checksums, section, strongChecksums] = values as Values;
      const sha512s = new Map(
        rowsOf(strongChecksums).map(([sha512, size, file]) => [`${file} ${size}`, sha512]),
      );
      return rowsOf(checksums).map(([sha256 = '', size, file]) => {
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
        return { entry, section, sha512: sha512s.get(`${file} ${size}`) ?? '' };
      });
    },
  });
}

function rowsOf(checksums: string): string[][] {
  return checksums.split('\n').map((line) => line.trim().split(/[ \t]+/));
}
