/**
 * Parses a suite's Release file (Debian wiki, DebianRepository/Format), by the rules of apt's own reader: fields that
 * apt can do without may be missing. The caller has verified the signature that covers the text.
 */
import { fieldOf, parseFirstStanza, wordsOf, type Stanza } from '../../apt/domain/deb822.ts';
import type { ListedFact } from '../../core/domain/listed-fact.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parseReleaseTime } from './release-time.ts';

export interface ReleaseFile {
  /** Fields that Release lacks are empty. */
  origin: string;
  label: string;
  suite: string;
  codename: string;
  version: string;
  /** RFC 3339 UTC; null where apt finds no date that it can read. */
  date: string | null;
  validUntil?: string;
  /** As listed; empty where Release does not list any: then all are possible. */
  components: string[];
  /** As listed; empty where Release does not say. */
  architectures: string[];
  acquireByHash: boolean;
  notAutomatic: boolean;
  butAutomaticUpgrades: boolean;
  /** Whether the Packages of each architecture repeat the contents of binary-all. */
  noSupportForArchitectureAll: boolean;
  /** The SHA256 section, by path relative to the Release file's directory. */
  files: Map<string, ReleaseEntry>;
  /**
   * Why a listed path cannot be fetched, as the end of a sentence that begins with it; other paths are not included.
   */
  unusable: Map<string, string>;
}

/** From the SHA256 section, with what other sections say of the same file. */
export type ReleaseEntry = ListedFact;

/**
 * Reads a verified Release text; `where` names it in messages.
 * @throws PommgrError `integrity.release` where apt finds no stanza in it, for no SHA256 section, and for a
 * Valid-Until that apt cannot read.
 */
export function parseRelease(text: string, where: string): ReleaseFile {
  const stanza = parseFirstStanza(text);
  if (stanza === undefined) throw broken(where, 'expected a stanza of "Field: value", found none');
  const textOf = (name: string): string => fieldOf(stanza, name) ?? '';
  const validUntilText = textOf('Valid-Until');
  const validUntil = parseReleaseTime(validUntilText);
  if (validUntilText !== '' && validUntil === undefined) {
    throw broken(
      where,
      `expected Valid-Until like "Sat, 12 Sep 2026 07:55:41 UTC", found ${JSON.stringify(validUntilText)}`,
    );
  }
  return {
    origin: textOf('Origin'),
    label: textOf('Label'),
    suite: textOf('Suite'),
    codename: textOf('Codename'),
    version: textOf('Version'),
    date: parseReleaseTime(textOf('Date')) ?? null,
    ...(validUntil === undefined ? {} : { validUntil }),
    components: wordsOf(stanza, 'Components'),
    architectures: wordsOf(stanza, 'Architectures'),
    acquireByHash: isYes(stanza, 'Acquire-By-Hash'),
    notAutomatic: isYes(stanza, 'NotAutomatic'),
    butAutomaticUpgrades: isYes(stanza, 'ButAutomaticUpgrades'),
    noSupportForArchitectureAll: wordsOf(stanza, 'No-Support-for-Architecture-all').includes('Packages'),
    ...filesOf(stanza, where),
  };
}

/** Returns whether the suite has a component; of one with a slash the last part counts, as `main` of `updates/main`. */
export function hasComponent({ components }: ReleaseFile, component: string): boolean {
  const known = new Set(components.flatMap((name) => [name, lastPart(name)]));
  return known.size === 0 || known.has(component) || known.has(lastPart(component));
}

/** Returns whether the suite supports an architecture; true for any where Release does not list them. */
export function hasArchitecture({ architectures }: ReleaseFile, architecture: string): boolean {
  return architectures.length === 0 || architectures.includes(architecture);
}

function lastPart(component: string): string {
  return component.slice(component.lastIndexOf('/') + 1);
}

/** Follows apt's rules for yes (apt-pkg's StringToBool). */
function isYes(stanza: Stanza, name: string): boolean {
  return ['yes', 'true', 'with', 'on', 'enable', '1'].includes((fieldOf(stanza, name) ?? '').toLowerCase());
}

function filesOf(stanza: Stanza, where: string): Pick<ReleaseFile, 'files' | 'unusable'> {
  const strong = rowsOf(stanza, 'SHA512', where);
  const rows = rowsOf(stanza, 'SHA256', where);
  if (rows === undefined) {
    const others = ['SHA512', 'SHA1', 'MD5Sum'].filter((name) => fieldOf(stanza, name) !== undefined);
    throw broken(where, `expected a SHA256 section, found ${others.join(' and ') || 'no digests'} only`, [
      'pommgr names every file by its SHA-256. Ask the owner of this repository for a Release file with SHA256.',
    ]);
  }
  const files = new Map<string, ReleaseEntry>();
  const unusable = new Map<string, string>();
  for (const { digest, sizeBytes, path } of rows) {
    if (!/^[0-9a-f]{64}$/i.test(digest)) continue;
    if (/[A-F]/.test(digest)) unusable.set(path, inCapitals);
    // When a path is listed twice, apt keeps the first.
    else if (!files.has(path)) files.set(path, { sizeBytes, sha256: digest });
  }
  for (const { digest, sizeBytes, path } of strong ?? []) {
    const entry = files.get(path);
    if (entry === undefined) {
      if (!unusable.has(path))
        unusable.set(path, 'with SHA512 and no SHA256, by which pommgr names every file');
    } else if (entry.sha512 === undefined && /^[0-9a-f]{128}$/i.test(digest)) {
      // apt reads SHA512 first, and takes the size from there.
      if (/[A-F]/.test(digest)) unusable.set(path, inCapitals);
      files.set(path, { ...entry, sizeBytes, sha512: digest });
    }
  }
  for (const { section, name, pattern } of weakSections) {
    for (const { digest, path } of rowsOf(stanza, section, where) ?? []) {
      const entry = files.get(path);
      if (entry === undefined || entry[name] !== undefined || !pattern.test(digest)) continue;
      if (/[A-F]/.test(digest)) unusable.set(path, inCapitals);
      entry[name] = digest;
    }
  }
  return { files, unusable };
}

/** apt compares digests as text, and its own are in lower case. */
const inCapitals = 'with a digest in capital letters, which apt calls a mismatch';

/** Weak digests prove nothing, but apt refuses a file that does not match one of them. */
const weakSections = [
  { section: 'SHA1', name: 'sha1', pattern: /^[0-9a-f]{40}$/i },
  { section: 'MD5Sum', name: 'md5', pattern: /^[0-9a-f]{32}$/i },
] as const;

interface Row {
  digest: string;
  sizeBytes: number;
  path: string;
}

/**
 * Yields `digest size path` of each line, one at a time, because there may be hundreds of thousands; returns undefined
 * without such a section.
 */
function rowsOf(stanza: Stanza, name: string, where: string): Generator<Row> | undefined {
  const section = fieldOf(stanza, name);
  return section === undefined ? undefined : readRows(section, name, where);
}

function* readRows(section: string, name: string, where: string): Generator<Row> {
  const words: string[] = [];
  for (const [word] of section.matchAll(/\S+/g)) {
    words.push(word);
    if (words.length < 3) continue;
    const [digest = '', size = '', path = ''] = words.splice(0);
    // apt reads text that is not a number as 0.
    const sizeBytes = Number(/^[0-9]+/.exec(size)?.[0] ?? 0);
    if (Number.isSafeInteger(sizeBytes)) yield { digest, sizeBytes, path };
  }
  if (words.length > 0) {
    throw broken(
      where,
      `expected lines of "digest size path" in the ${name} section, found ${quote(section)}`,
    );
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function broken(where: string, why: string, hints: string[] = []): PommgrError {
  return new PommgrError('integrity.release', `${where}: ${why}.`, { hints, details: { file: where } });
}
