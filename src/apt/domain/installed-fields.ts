/** Parses dpkg-query's answer about installed packages: the fields that a solver needs, and the configuration files. */
import type { PackageRelations } from './inventory.ts';
import { packageSourcePattern } from './package-entry.ts';

/** Neither occurs in a control file: fields may contain line breaks and tabs. */
const fieldSeparator = '\u001F';
const recordSeparator = '\u001E';

const relationFields = {
  depends: 'Depends',
  preDepends: 'Pre-Depends',
  recommends: 'Recommends',
  provides: 'Provides',
  conflicts: 'Conflicts',
  breaks: 'Breaks',
  replaces: 'Replaces',
  priority: 'Priority',
  section: 'Section',
} as const;

const queriedFields = [
  ...['Package', 'Architecture', 'Multi-Arch', 'Essential', 'Protected', 'Installed-Size', 'Conffiles'],
  'Source',
  ...Object.values(relationFields),
];

/** Argument of `dpkg-query --showformat`. */
export const installedFieldsFormat = `${queriedFields.map((field) => `\${${field}}`).join(fieldSeparator)}${recordSeparator}`;

export interface InstalledFields {
  name: string;
  architecture: string;
  /** Field `Source`; undefined where the package has none that can be read. */
  source: string | undefined;
  relations: PackageRelations;
  /** Configuration files that the installed version still owns. */
  conffiles: Conffile[];
}

/** A configuration file as dpkg knows it. */
export interface Conffile {
  path: string;
  /** MD5 of the file that the installed version shipped. */
  md5: string;
}

export function parseInstalledFields(output: string): InstalledFields[] {
  return output
    .split(recordSeparator)
    .filter((record) => record !== '')
    .map((record) => installedFields(record.split(fieldSeparator)));
}

function installedFields(values: readonly string[]): InstalledFields {
  const [
    name = '',
    architecture = '',
    multiArch,
    essential,
    isProtected,
    size = '',
    conffiles = '',
    source = '',
    ...rest
  ] = values;
  const relations: PackageRelations = {};
  for (const [index, key] of (Object.keys(relationFields) as (keyof typeof relationFields)[]).entries()) {
    const text = (rest[index] ?? '').replaceAll(/\s+/g, ' ').trim();
    if (text !== '') relations[key] = text;
  }
  if (multiArch === 'same' || multiArch === 'foreign' || multiArch === 'allowed')
    relations.multiArch = multiArch;
  if (essential === 'yes') relations.essential = true;
  if (isProtected === 'yes') relations.protected = true;
  if (/^\d{1,12}$/.test(size)) relations.installedSizeKiB = Number(size);
  return {
    ...{ name, architecture, relations, conffiles: parseConffiles(conffiles) },
    source: packageSourcePattern.test(source) ? source : undefined,
  };
}

/**
 * Parses lines of ` PATH MD5`; files that only an earlier version had are marked, and files yet to be installed have no
 * digest.
 */
function parseConffiles(text: string): Conffile[] {
  return text.split('\n').flatMap((line) => {
    const [, path, md5, marks = ''] = /^ ?(\/.*) ([0-9a-f]{32})((?: [a-z-]+)*)$/.exec(line) ?? [];
    if (path === undefined || md5 === undefined || marks !== '') return [];
    return [{ path, md5 }];
  });
}
