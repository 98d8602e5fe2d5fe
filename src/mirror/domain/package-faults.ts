/** Reports packages that upstream lists but does not have as listed, with every remedy. */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** A package that could not be fetched, and why. */
export interface PackageFault {
  entry: PackageEntry;
  error: PommgrError;
}

/** Identifies an entry among those of all mirrors. */
export function packageKey({ mirror, filename, sha256 }: PackageEntry): string {
  return `${mirror} ${sha256} ${filename}`;
}

/** Packages named in a message; of further ones only the number is given. */
const namedFaults = 10;

/**
 * Returns the faults as one error, with the code of the first. `listed` are the entries of the same mirrors under the
 * names of the faulty packages.
 */
export function packageFaultsError(
  faults: readonly PackageFault[],
  listed: readonly PackageEntry[],
): PommgrError {
  const [first] = faults;
  if (first === undefined) throw new PommgrError('bug.faults', 'There is no fault to tell.');
  const { error } = first;
  const lines = faults
    .slice(0, namedFaults)
    .map(({ entry, error: why }) => `  ${titleOf(entry)}: ${why.message}`);
  const more = faults.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more`);
  const what = faults.length === 1 ? 'A package' : `${faults.length} packages`;
  return new PommgrError(
    error.code,
    `${what} could not be fetched as the indices list ${faults.length === 1 ? 'it' : 'them'}:\n${lines.join('\n')}`,
    {
      hints: [
        'Upstream may be in the middle of an update: run the same command again later, or use another server.',
        ...waysOut(
          faults.map(({ entry }) => entry),
          listed,
        ),
      ],
      details: { ...error.details, packages: faults.map(({ entry }) => titleOf(entry)) },
      cause: error,
    },
  );
}

/** Entries of one mirror that claim the same file name with different content. */
export type TwiceListed = readonly PackageEntry[];

/** Returns the file names that are listed with more than one digest. */
export function findTwiceListed(entries: readonly PackageEntry[]): TwiceListed[] {
  const first = new Map<string, PackageEntry>();
  const groups = new Map<string, PackageEntry[]>();
  for (const entry of entries) {
    const other = first.get(entry.filename);
    if (other === undefined) first.set(entry.filename, entry);
    else if (!isSameFile(other, entry)) {
      const group = groups.get(entry.filename) ?? [other];
      if (!group.some((one) => isSameFile(one, entry))) group.push(entry);
      groups.set(entry.filename, group);
    }
  }
  return [...groups.values()];
}

function isSameFile(a: PackageEntry, b: PackageEntry): boolean {
  return a.sha256 === b.sha256 && a.sizeBytes === b.sizeBytes;
}

/** No server has both files: which of them apt gets on a host is chance. */
export function twiceListedError(groups: readonly TwiceListed[]): PommgrError {
  const entries = groups.flat();
  const lines = groups.slice(0, namedFaults).map((group) => {
    const [first] = group;
    const ways = group.map((entry) => `${titleOf(entry)} with SHA-256 ${entry.sha256}`);
    return `  ${first?.mirror}: ${first?.filename}, as ${ways.join(' and as ')}`;
  });
  return new PommgrError(
    'integrity.conflict',
    `The indices list the same file name with different digests:\n${lines.join('\n')}`,
    {
      hints: [...waysOut(entries, entries), 'Report it to the operator of the repository.'],
      details: { files: groups.map(([first]) => first?.filename) },
    },
  );
}

function waysOut(entries: readonly PackageEntry[], listed: readonly PackageEntry[]): string[] {
  const names = [...new Set(entries.map(({ name }) => name))];
  const mirrors = [...new Set(entries.map(({ mirror }) => mirror))];
  const where = mirrors.length === 1 ? `mirror ${mirrors[0]}` : `the mirrors ${mirrors.join(' and ')}`;
  const olderOnly = entries.every(
    (entry) =>
      isOutdated(entry, listed) ||
      entries.some((other) => isOutdated(entry, [other]) || isOutdated(other, [entry])),
  );
  return [
    `To leave ${names.length === 1 ? 'it' : 'them'} out, add to ${where}: skip: { packages: [${names.slice(0, namedFaults).join(', ')}] }`,
    ...(olderOnly
      ? [`To take only the newest version of each package, add to ${where}: versions: latest`]
      : []),
    'To make a baseline of what is there, with what is missing written into it: allowIncomplete: true in the config.',
  ];
}

function isOutdated(entry: PackageEntry, listed: readonly PackageEntry[]): boolean {
  return listed.some(
    (other) =>
      other.mirror === entry.mirror &&
      other.name === entry.name &&
      other.architecture === entry.architecture &&
      compareVersions(other.version, entry.version) > 0,
  );
}

function titleOf({ name, version, architecture }: PackageEntry): string {
  return `${name} ${version} (${architecture})`;
}
