/**
 * A suite's Release file (Debian wiki, DebianRepository/Format).
 * Only text that a signature covers goes in here: whoever calls has verified it before.
 */
import { fieldOf, parseStanzas, wordsOf, type Stanza } from '../../apt/domain/deb822.ts';
import { isSafeRelativePath, type ObjectFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { formatTime } from '../../core/domain/time.ts';

export interface ReleaseFile {
  /** Texts that Release lacks are empty. */
  origin: string;
  label: string;
  suite: string;
  codename: string;
  version: string;
  /** RFC 3339 UTC. */
  date: string;
  validUntil?: string;
  /** As listed and, as apt has it, the last part of one with a slash: `updates/main` is `main` too. */
  components: string[];
  architectures: string[];
  acquireByHash: boolean;
  notAutomatic: boolean;
  butAutomaticUpgrades: boolean;
  /** Whether the Packages of each architecture repeat what is in binary-all. */
  noSupportForArchitectureAll: boolean;
  /** The SHA256 section, by path relative to `dists/<suite>/`. */
  files: Map<string, ReleaseEntry>;
}

export interface ReleaseEntry extends ObjectFact {
  /** From the SHA512 section, where that lists the file too; POM's pool knows it by this as well. */
  sha512?: string;
}

/**
 * Reads a verified Release text; `where` names it in messages.
 * @throws PommgrError `integrity.release` for malformed text, no SHA256 section, unsafe paths, bad times.
 */
export function parseRelease(text: string, where: string): ReleaseFile {
  const stanzas = parseStanzas(text, { file: where, comments: false, code: 'integrity.release' });
  const stanza = stanzas[0];
  if (stanza === undefined || stanzas.length > 1) {
    throw broken(where, `expected one stanza, found ${stanzas.length}`);
  }
  const components = wordsOf(stanza, 'Components');
  const validUntil = timeOf(stanza, 'Valid-Until', where);
  const date = timeOf(stanza, 'Date', where);
  if (date === undefined) throw broken(where, 'expected a Date field, found none');
  return {
    origin: fieldOf(stanza, 'Origin') ?? '',
    label: fieldOf(stanza, 'Label') ?? '',
    suite: fieldOf(stanza, 'Suite') ?? '',
    codename: fieldOf(stanza, 'Codename') ?? '',
    version: fieldOf(stanza, 'Version') ?? '',
    date,
    ...(validUntil === undefined ? {} : { validUntil }),
    components: [...new Set([...components, ...components.map(lastPart)])],
    architectures: wordsOf(stanza, 'Architectures'),
    acquireByHash: isYes(stanza, 'Acquire-By-Hash'),
    notAutomatic: isYes(stanza, 'NotAutomatic'),
    butAutomaticUpgrades: isYes(stanza, 'ButAutomaticUpgrades'),
    noSupportForArchitectureAll: wordsOf(stanza, 'No-Support-for-Architecture-all').includes('Packages'),
    files: filesOf(stanza, where),
  };
}

function lastPart(component: string): string {
  return component.slice(component.lastIndexOf('/') + 1);
}

/** What apt takes for yes (apt-pkg's StringToBool). */
function isYes(stanza: Stanza, name: string): boolean {
  return ['yes', 'true', 'with', 'on', 'enable', '1'].includes((fieldOf(stanza, name) ?? '').toLowerCase());
}

function filesOf(stanza: Stanza, where: string): Map<string, ReleaseEntry> {
  const section = fieldOf(stanza, 'SHA256');
  if (section === undefined) {
    throw broken(where, 'expected a SHA256 section, found none', [
      'This repository offers no digests that are strong enough; ask its owner for a Release file with SHA256.',
    ]);
  }
  const files = new Map<string, ReleaseEntry>();
  for (const line of section.split('\n')) {
    if (line.trim() === '') continue;
    const [, sha256, size, path] = /^\s*([0-9a-f]{64})\s+([0-9]+)\s+(\S+)$/.exec(line) ?? [];
    if (sha256 === undefined || size === undefined || path === undefined) {
      throw broken(where, `expected "digest size path" in the SHA256 section, found ${JSON.stringify(line)}`);
    }
    const fact = { sizeBytes: Number(size), sha256 };
    if (!Number.isSafeInteger(fact.sizeBytes)) throw broken(where, `the size of ${path} is ${size}`);
    if (!isSafeRelativePath(path)) {
      throw broken(where, `expected a relative path without "..", found ${JSON.stringify(path)}`);
    }
    const other = files.get(path);
    if (other !== undefined && (other.sha256 !== sha256 || other.sizeBytes !== fact.sizeBytes)) {
      throw broken(where, `${path} is listed twice, as ${factText(other)} and as ${factText(fact)}`);
    }
    files.set(path, fact);
  }
  for (const [, sha512 = '', size, path = ''] of (fieldOf(stanza, 'SHA512') ?? '').matchAll(sha512Line)) {
    const fact = files.get(path);
    if (fact?.sizeBytes === Number(size)) fact.sha512 = sha512;
  }
  return files;
}

const sha512Line = /^\s*([0-9a-f]{128})\s+([0-9]+)\s+(\S+)$/gm;

function factText(fact: ObjectFact): string {
  return `${fact.sizeBytes} bytes with SHA-256 ${fact.sha256}`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const timePattern =
  /^(?:[A-Z][a-z]{2},\s+)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{1,2}):(\d\d):(\d\d) (?:UTC|GMT|Z|[+-]0000)$/;

/** RFC 3339 of `Sat, 12 Sep 2026 07:55:41 UTC`; only UTC, as Debian asks for. */
function timeOf(stanza: Stanza, name: string, where: string): string | undefined {
  const text = fieldOf(stanza, name);
  if (text === undefined) return undefined;
  const [, day, monthName = '', year, hours, minutes, seconds] = timePattern.exec(text) ?? [];
  const month = months.indexOf(monthName);
  const date = new Date(
    Date.UTC(Number(year), month, Number(day), Number(hours), Number(minutes), Number(seconds)),
  );
  // Date.UTC carries over what is too large: a 31st of September, 24 hours or 60 minutes are no time.
  const exists =
    month !== -1 &&
    date.getUTCDate() === Number(day) &&
    date.getUTCMinutes() === Number(minutes) &&
    date.getUTCSeconds() === Number(seconds);
  if (exists) return formatTime(date);
  throw broken(where, `expected ${name} like "Sat, 12 Sep 2026 07:55:41 UTC", found ${JSON.stringify(text)}`);
}

function broken(where: string, why: string, hints: string[] = []): PommgrError {
  return new PommgrError('integrity.release', `${where}: ${why}.`, { hints, details: { file: where } });
}
