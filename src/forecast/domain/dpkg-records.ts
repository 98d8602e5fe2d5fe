/**
 * Parses what dpkg's database says about configuration files: `${Conffiles}` of dpkg-query(1), and the diversions file.
 */

const fieldSeparator = '\u001F';
const recordSeparator = '\u001E';

/** Argument of `dpkg-query --showformat`. */
export const conffileRecordsFormat = `\${Package}${fieldSeparator}\${Architecture}${fieldSeparator}\${Conffiles}${recordSeparator}`;

export interface ConffileRecord {
  package: string;
  architecture: string;
  /** As dpkg wrote it: 32 hex digits, or `newconffile` and `-`, which no file has. */
  hash: string;
}

/** By path, including removed packages and obsolete files, because dpkg considers these too. */
export type ConffileRecords = ReadonlyMap<string, readonly ConffileRecord[]>;

export function parseConffileRecords(output: string): ConffileRecords {
  const records = new Map<string, ConffileRecord[]>();
  for (const record of output.split(recordSeparator)) {
    const [name = '', architecture = '', conffiles = ''] = record.split(fieldSeparator);
    for (const line of conffiles.split('\n')) {
      const [, path, hash] = /^ ?(\/.*) ([0-9a-f]{32}|newconffile|-)(?: [a-z-]+)*$/.exec(line) ?? [];
      if (path === undefined || hash === undefined) continue;
      const known = records.get(path) ?? [];
      known.push({ package: name, architecture, hash });
      records.set(path, known);
    }
  }
  return records;
}

/**
 * Returns the digest that dpkg uses as the old one: the package's own, else that of the package that it takes over
 * from.
 */
export function recordedHash(
  records: ConffileRecords,
  { path, name }: { path: string; name: string },
): string | null {
  const known = records.get(path) ?? [];
  const hash = (known.find((record) => record.package === name) ?? known.at(-1))?.hash;
  return hash === undefined || hash === 'newconffile' ? null : hash;
}

export interface Diversion {
  from: string;
  to: string;
  /** The diverting package, whose own file stays in its place; null for a local diversion. */
  by: string | null;
}

/** /var/lib/dpkg/diversions: three lines for each. */
export function parseDiversions(text: string): Diversion[] {
  const lines = text.split('\n');
  const diversions: Diversion[] = [];
  for (let index = 0; index + 2 < lines.length; index += 3) {
    const [from = '', to = '', by = ''] = lines.slice(index, index + 3);
    diversions.push({ from, to, by: by === ':' ? null : by });
  }
  return diversions;
}

/** Returns where dpkg writes a file of the package. */
export function divertedPath(path: string, name: string, diversions: readonly Diversion[]): string {
  const found = diversions.find(({ from, by }) => from === path && by !== name);
  return found?.to ?? path;
}

export interface PackageConffile {
  path: string;
  /** True where the package no longer has the file, and dpkg removes it. */
  removeOnUpgrade: boolean;
}

/** The `conffiles` of a package's control archive (deb-conffiles(5)). */
export function parsePackageConffiles(text: string): PackageConffile[] {
  return text.split('\n').flatMap((line) => {
    const [, flag, path] = /^(?:(remove-on-upgrade) +)?(\/.*?)\s*$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, removeOnUpgrade: flag !== undefined }];
  });
}

/** A package's `md5sums`: MD5 by absolute path, without configuration files. Lines of another form are ignored. */
export function parseMd5sums(text: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, md5, path] = /^([0-9a-f]{32}) [ *](.+)$/.exec(line) ?? [];
    if (md5 !== undefined && path !== undefined) digests.set(`/${path.replace(/^(?:\.?\/)+/, '')}`, md5);
  }
  return digests;
}
