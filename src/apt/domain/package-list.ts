/**
 * Formats the package list `packages.jsonl`: one canonical line for each package file. Invariant: lines are strictly
 * ascending, so that equal contents are equal bytes and nothing is listed twice.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from './debian-version.ts';
import { issuesText } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { createInterner, isPackageEntry, packageEntrySchema, type PackageEntry } from './package-entry.ts';

/** Orders by mirror, component, name, version as dpkg does, architecture, then all the rest. */
export function comparePackages(a: PackageEntry, b: PackageEntry): number {
  return (
    compareText(a.mirror, b.mirror) ||
    compareText(a.component, b.component) ||
    compareText(a.name, b.name) ||
    compareVersions(a.version, b.version) ||
    compareText(a.version, b.version) ||
    compareText(a.architecture, b.architecture) ||
    compareText(a.source, b.source) ||
    compareText(a.filename, b.filename) ||
    a.sizeBytes - b.sizeBytes ||
    compareText(a.sha256, b.sha256)
  );
}

/** Sorts the entries and drops repeated ones: binary-amd64 repeats what binary-all lists. */
export function sortPackages<Entry extends PackageEntry>(entries: readonly Entry[]): Entry[] {
  return entries
    .toSorted(comparePackages)
    .filter((entry, index, all) => index === 0 || comparePackages(all[index - 1] as Entry, entry) !== 0);
}

/** Returns the line of an entry with its line break: the same as canonicalJson, without sorting the keys each time. */
export function formatPackageLine(entry: PackageEntry): string {
  const { architecture, component, filename, mirror, name, sha256, sizeBytes, source, version } = entry;
  // The keys are in the order of canonical JSON; a test compares the two.
  const line = { architecture, component, filename, mirror, name, sha256, sizeBytes, source, version };
  return `${JSON.stringify(line)}\n`;
}

/**
 * Returns a parser for the lines of one list in order, each without its line break; `where` names the file in messages.
 * @throws PommgrError `integrity.packages`, with the line's number, for a line that is no entry, is not written
 * canonically, or does not come after the line before it.
 */
export function createPackageLineParser(where: string): (line: string) => PackageEntry {
  const intern = createInterner();
  let number = 0;
  let previous: PackageEntry | undefined;
  return (line) => {
    number++;
    const entry = parsePackageLine(line, `${where}, line ${number}`);
    if (previous !== undefined && comparePackages(previous, entry) >= 0) {
      throw broken(
        `${where}, line ${number}`,
        'expected a line that comes after the line before it; it does not',
      );
    }
    // Entries share equal strings, so that a list of 70,000 stays small.
    entry.mirror = intern(entry.mirror);
    entry.component = intern(entry.component);
    entry.architecture = intern(entry.architecture);
    if (entry.source === entry.name) entry.source = entry.name;
    previous = entry;
    return entry;
  };
}

function parsePackageLine(line: string, where: string): PackageEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw broken(where, `expected a JSON object, found ${JSON.stringify(line.slice(0, 80))}`, error);
  }
  if (isPlainLine(line, value as PackageEntry) && isPackageEntry(value as PackageEntry))
    return value as PackageEntry;
  const result = packageEntrySchema.safeParse(value);
  if (!result.success) throw broken(where, `not a package entry: ${issuesText(result.error)}`);
  if (formatPackageLine(result.data) === `${line}\n`) return result.data;
  throw broken(where, 'expected canonical JSON (sorted keys, no blanks); the line is written in another way');
}

/**
 * Returns whether the line is what `formatPackageLine` writes, in the usual characters of a list, none of which JSON
 * escapes. Such a line is exactly one object with these keys, eight texts and a number.
 */
function isPlainLine(line: string, value: PackageEntry | null): boolean {
  if (value === null || !/^[ !#-[\]-~"]*$/.test(line)) return false;
  const { architecture, component, filename, mirror, name, sha256, sizeBytes, source, version } = value;
  return (
    line ===
    `{"architecture":"${architecture}","component":"${component}","filename":"${filename}","mirror":"${mirror}","name":"${name}","sha256":"${sha256}","sizeBytes":${sizeBytes},"source":"${source}","version":"${version}"}`
  );
}

function broken(where: string, why: string, cause?: unknown): PommgrError {
  return new PommgrError('integrity.packages', `${where}: ${why}.`, {
    hints: ['The file was changed after pommgr wrote it; take a good copy of it.'],
    details: { file: where },
    cause,
  });
}
