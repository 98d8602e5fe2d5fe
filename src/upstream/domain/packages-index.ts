/**
 * Reads a `Packages` index (Debian wiki, DebianRepository/Format) as it streams in: each stanza is a package file. A
 * stanza that pommgr cannot use costs only that package; one that makes apt refuse the index is an error.
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

/** The fields that filters use; an unusable stanza has only these. */
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
  /** Lower-case hex; POM's pool also knows the file by it. Empty where the stanza has none. */
  sha512: string;
  /** Weak digests prove nothing, but apt refuses a file that does not match one of them. Lower-case hex. */
  sha1?: string;
  md5?: string;
  /** The path as upstream writes it, where `entry` has a simplified form. */
  upstreamPath?: string;
}

/** A stanza that cannot become an entry. */
export interface OddPackage extends ListedPackage {
  /** Names the package, the line of the index, and what is wrong. */
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

/** Fields that apt parses in every stanza; if it cannot read one, it refuses the index. */
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
/** A name, perhaps with a version in parentheses, between commas and bars; a trailing comma is allowed. */
const relations = /^(?:[^\s(),|<[]+\s*(?:\(\s*[^\s)][^)]*\)\s*)?(?:[,|]\s*|$))*$/;

/**
 * Returns a scanner for one Packages index.
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

/** Describes the first field that cannot be used. */
export function oddField(
  found: readonly (readonly [name: string, value: string, isUsable: boolean])[],
): string | undefined {
  const odd = found.find(([, , isUsable]) => !isUsable);
  if (odd === undefined) return undefined;
  const [name, value] = odd;
  return value === '' ? `it has no ${name}` : `${name} is ${quote(value)}`;
}

/** Returns bytes; undefined for 0 and for text that is not a number: apt downloads no such package. */
export function sizeOf(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/** Returns whether it is that many hex digits; apt compares digests as text, and its own are in lower case. */
export function isDigest(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]+$/.test(text);
}

/** Quotes a name for a message: an invalid package name may contain anything. */
export function quoteName(name: string): string {
  return packageNamePattern.test(name) ? name : quote(name);
}

/** Returns the package's own name where Source names no source package. */
function sourceOf(text: string, name: string): string {
  if (text === '' || text === name) return name;
  if (packageSourcePattern.test(text)) return text;
  const [, first = ''] = /^(\S+)(?:\s|$)/.exec(text) ?? [];
  return packageNamePattern.test(first) ? first : name;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
