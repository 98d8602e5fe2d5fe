/**
 * Reads a `Sources` index (Debian wiki, DebianRepository/Format) as it streams in: each stanza is several files. A
 * stanza that pommgr cannot use costs only that source package.
 */
import {
  packageNamePattern,
  packageVersionPattern,
  type PackageEntry,
} from '../../apt/domain/package-entry.ts';
import {
  isDigest,
  oddField,
  quoteName,
  sizeOf,
  weakDigests,
  type IndexedFile,
  type IndexedPackage,
} from './packages-index.ts';
import { repositoryPath } from './repository-path.ts';
import { createIndexScanner, type IndexScanner, type IndexSource } from './stanza-stream.ts';

const fields = [
  'Package',
  'Version',
  'Directory',
  'Checksums-Sha256',
  'Section',
  'Checksums-Sha512',
  'Checksums-Sha1',
  'Files',
] as const;

/**
 * Returns a scanner for one Sources index; each file in Checksums-Sha256 becomes an entry of architecture `source`.
 * @throws PommgrError `integrity.index`, from its functions, as the Packages scanner does.
 */
export function createSourcesScanner(source: IndexSource): IndexScanner<IndexedFile> {
  const { mirror, component } = source;
  return createIndexScanner<IndexedFile>(source, {
    fields,
    read({ values, line }) {
      const [name = '', version = '', directory = '', checksums = '', section = ''] = values;
      const [strong, sha1s, md5s] = values.slice(5).map(digestsByFile);
      const listed = { name, component, section };
      const files = rowsOf(checksums).map(({ digest, size, file }): IndexedPackage | undefined => {
        const upstreamPath = directory === '' ? file : `${directory}/${file}`;
        const filename = file.includes('/') ? undefined : repositoryPath(upstreamPath);
        const sizeBytes = sizeOf(size);
        const row = `${file} ${size}`;
        const sha512 = strong?.get(row) ?? '';
        const [sha1, md5] = [sha1s?.get(row) ?? '', md5s?.get(row) ?? ''];
        if (filename === undefined || sizeBytes === undefined || !isDigest(digest, 64)) return undefined;
        if (sha512 !== '' && !isDigest(sha512, 128)) return undefined;
        if ((sha1 !== '' && !isDigest(sha1, 40)) || (md5 !== '' && !isDigest(md5, 32))) return undefined;
        const entry: PackageEntry = {
          mirror,
          component,
          name,
          version,
          architecture: 'source',
          source: name,
          filename,
          sizeBytes,
          sha256: digest,
        };
        const other = filename === upstreamPath ? {} : { upstreamPath };
        return { ...listed, entry, sha512, ...weakDigests(sha1, md5), ...other };
      });
      const usable = files.filter((file) => file !== undefined);
      const why = oddField([
        ['Package', name, packageNamePattern.test(name)],
        ['Version', version, packageVersionPattern.test(version)],
        ['Checksums-Sha256', checksums, usable.length > 0 && usable.length === files.length],
      ]);
      return why === undefined
        ? usable
        : [{ ...listed, odd: `${quoteName(name)} in ${source.index}, line ${line}: ${why}` }];
    },
  });
}

/** Returns digests by name and size, as in the field. */
function digestsByFile(checksums = ''): Map<string, string> {
  return new Map(rowsOf(checksums).map(({ digest, size, file }) => [`${file} ${size}`, digest]));
}

function rowsOf(checksums: string): { digest: string; size: string; file: string }[] {
  return checksums
    .split('\n')
    .map((row) => row.trim())
    .filter((row) => row !== '')
    .map((row) => {
      const [digest = '', size = '', file = ''] = row.split(/[ \t]+/);
      return { digest, size, file };
    });
}
