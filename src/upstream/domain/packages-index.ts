/**
 * Reads a `Packages` index (Debian wiki, DebianRepository/Format) as it streams in: a stanza is a package file.
 * A stanza that pommgr cannot use costs that package alone; one that makes apt refuse the index is an error.
 */
import {
  createInterner,
  packageArchitecturePattern,
  packageNamePattern,
  packageSourcePattern,
  packageVersionPattern,
  type PackageEntry,
} from '../../apt/domain/package-entry.ts';
import { emptyProvides, type HostRefusal } from './host-index-policy.ts';
import { repositoryPath } from './repository-path.ts';
import { createIndexScanner, type IndexScanner, type IndexSource } from './stanza-stream.ts';

/** What filters look at; all that there is of a stanza that cannot be used. */
interface ListedPackage {
  name: string;
  component: string;
  /** As upstream writes it, e.g. `contrib/games`; empty where the stanza has none. */
  section: string;
  /** Why apt of one release refuses the whole index, whatever the filters leave of it. */
  hostRefusal?: HostRefusal;
}

/** A package file that an index lists. */
export interface IndexedPackage extends ListedPackage {
  entry: PackageEntry;
  /** Lower-case hex, which POM's pool knows the file by as well; empty where the stanza has none. */
  sha512: string;
  /** Weak digests prove nothing, but apt refuses a file that differs from one of them. Lower-case hex. */
  sha1?: string;
  md5?: string;
  /** The path as upstream writes it, where `entry` has it in a simpler form. */
  upstreamPath?: string;
}

/** A stanza that cannot become an entry. */
export interface OddPackage extends ListedPackage {
  /** Which package, in which line of which index, and what is wrong. */
  odd: string;
}

export type IndexedFile = IndexedPackage | OddPackage;

const fields = [
  'Package',
  'Version',
  'Architecture',
  'Source',
  'Filename',
  'Size',
  'SHA256',
  'Section',
  'SHA512',
  'SHA1',
  'MD5sum',
] as const;

/** What apt parses of every stanza; one that it cannot read makes it refuse the index. */
const relationFields = [
  'Depends',
  'Pre-Depends',
  'Recommends',
  'Suggests',
  'Enhances',
  'Conflicts',
  'Breaks',
  'Replaces',
  'Obsoletes',
  'Provides',
] as const;
const providesIndex = relationFields.indexOf('Provides');
/** A name, perhaps with a version in parentheses, between commas and bars; a comma at the end is no fault. */
const relations = /^(?:[^\s(),|<[]+\s*(?:\(\s*[^\s)][^)]*\)\s*)?(?:[,|]\s*|$))*$/;

/**
 * A scanner for one Packages index.
 * @throws PommgrError `integrity.index`, from its functions, for what makes apt refuse the whole index.
 */
export function createPackagesScanner(source: IndexSource): IndexScanner<IndexedFile> {
  const { mirror, component } = source;
  const intern = createInterner();
  return createIndexScanner<IndexedFile>(source, {
    fields: [...fields, ...relationFields],
    read({ values, line, isMerged, refuse }) {
      const [name = '', version = '', architecture = '', sourceText = '', filename = ''] = values;
      const [size = '', sha256 = '', section = '', sha512 = '', sha1 = '', md5 = '', ...related] =
        values.slice(5);
      if (name === '') throw refuse('expected the field Package, found none');
      for (const [index, relation = ''] of related.entries()) {
        if (relations.test(relation)) continue;
        throw refuse(`expected ${relationFields[index]} to be a list of packages, found ${quote(relation)}`);
      }
      const listed = {
        name: packageName(name),
        component,
        section: intern(section),
        ...(related[providesIndex] === '' && {
          hostRefusal: emptyProvides(`${source.index}, line ${line}, package ${quoteName(name)}`),
        }),
      };
      const sizeBytes = sizeOf(size);
      const path = repositoryPath(filename);
      const why = oddField([
        ['Package', name, !isMerged && packageNamePattern.test(listed.name)],
        ['Version', version, packageVersionPattern.test(version)],
        ['Architecture', architecture, packageArchitecturePattern.test(architecture)],
        ['Filename', filename, path !== undefined],
        ['Size', size, sizeBytes !== undefined],
        ['SHA256', sha256, isDigest(sha256, 64)],
        ['SHA512', sha512, sha512 === '' || isDigest(sha512, 128)],
        ['SHA1', sha1, sha1 === '' || isDigest(sha1, 40)],
        ['MD5sum', md5, md5 === '' || isDigest(md5, 32)],
      ]);
      if (why !== undefined || path === undefined || sizeBytes === undefined) {
        return [
          {
            ...listed,
            odd: `${quoteName(name)} in ${source.index}, line ${line}: ${isMerged ? 'the field Package stands there twice' : (why ?? '')}`,
          },
        ];
      }
      const entry: PackageEntry = {
        mirror,
        component,
        name: listed.name,
        version,
        architecture: intern(architecture),
        source: sourceOf(sourceText, listed.name),
        filename: path,
        sizeBytes,
        sha256,
      };
      const other = path === filename ? {} : { upstreamPath: filename };
      return [{ ...listed, entry, sha512, ...weakDigests(sha1, md5), ...other }];
    },
  });
}

/** Those that are given. */
export function weakDigests(sha1: string, md5: string): { sha1?: string; md5?: string } {
  return {
    ...(sha1 === '' ? {} : { sha1 }),
    ...(md5 === '' ? {} : { md5 }),
  };
}

/** apt and dpkg know a package by its name in lower case. */
export function packageName(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The first field that cannot be used, in words. */
export function oddField(
  found: readonly (readonly [name: string, value: string, isUsable: boolean])[],
): string | undefined {
  const odd = found.find(([, , isUsable]) => !isUsable);
  if (odd === undefined) return undefined;
  const [name, value] = odd;
  return value === '' ? `it has no ${name}` : `${name} is ${quote(value)}`;
}

/** Bytes; undefined for 0 and for what is no number: apt downloads no such package. */
export function sizeOf(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/** Whether it is that many hex digits; apt compares them as text, and its own are in small letters. */
export function isDigest(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]+$/.test(text);
}

/** A name for a message: what is no name of a package may hold anything. */
export function quoteName(name: string): string {
  return packageNamePattern.test(name) ? name : quote(name);
}

/** The package's own name where Source says nothing that names a source package. */
function sourceOf(text: string, name: string): string {
  if (text === '' || text === name) return name;
  if (packageSourcePattern.test(text)) return text;
  const [, first = ''] = /^(\S+)(?:\s|$)/.exec(text) ?? [];
  return packageNamePattern.test(first) ? first : name;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
