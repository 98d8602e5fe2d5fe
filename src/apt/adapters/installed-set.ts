/** Reads what is installed on a root, with its marks, and sets the marks. */
import type { MarkedPackage } from '../domain/host-lock.ts';
import { aptName } from '../domain/apt-policy.ts';
import type { PackageSet } from '../domain/package-set.ts';
import { hasDpkgDatabase, runApt, runDpkg, type AptRoot } from './apt-root.ts';

/** A package whose installation or removal dpkg started and did not finish. */
export interface UnfinishedPackage {
  name: string;
  architecture: string;
  /** dpkg's status: `half-installed`, `unpacked`, `half-configured`. */
  status: string;
}

export interface InstalledSet {
  packages: MarkedPackage[];
  /** Packages that are not among `packages`. */
  unfinished: UnfinishedPackage[];
}

/** dpkg's statuses of a package that is installed and works; a trigger may be pending. */
const installedStatuses = ['installed', 'triggers-awaited', 'triggers-pending'];
const absentStatuses = ['config-files', 'not-installed'];

/** In dpkg's order. */
export async function readInstalledSet(aptRoot: AptRoot): Promise<InstalledSet> {
  const set: InstalledSet = { packages: [], unfinished: [] };
  if (!(await hasDpkgDatabase(aptRoot))) return set;
  const automatic = await automaticNames(aptRoot);
  const fields = ['Package', 'Version', 'Architecture', 'db:Status-Status', 'db:Status-Want'];
  const format = `${fields.map((field) => `\${${field}}`).join('\\t')}\\n`;
  const { stdout } = await runDpkg(aptRoot, 'dpkg-query', ['--show', `--showformat=${format}`]);
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const [name = '', version = '', architecture = '', status = '', want = ''] = line.split('\t');
    if (installedStatuses.includes(status)) {
      const isAutomatic = automatic.has(aptName({ name, architecture }, aptRoot.architecture));
      const marks = { automatic: isAutomatic, hold: want === 'hold' };
      set.packages.push({ name, version, architecture, ...marks });
    } else if (!absentStatuses.includes(status)) set.unfinished.push({ name, architecture, status });
  }
  return set;
}

async function automaticNames(aptRoot: AptRoot): Promise<Set<string>> {
  const inMemory = ['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='];
  const { stdout } = await runApt(aptRoot, ['apt-mark', 'showauto', ...inMemory]);
  return new Set(stdout.split('\n').filter((line) => line !== ''));
}

/** Sets the marks of packages that are in both sets and differ. @throws PommgrError `tool.apt`. */
export async function setMarks(aptRoot: AptRoot, wanted: PackageSet, found: PackageSet): Promise<void> {
  const both = [...wanted].flatMap(([key, expected]) => {
    const actual = found.get(key);
    return actual === undefined ? [] : [{ key, expected, actual }];
  });
  for (const [mark, unmark, field] of [
    ['auto', 'manual', 'automatic'],
    ['hold', 'unhold', 'hold'],
  ] as const) {
    const differing = both.filter(({ expected, actual }) => expected[field] !== actual[field]);
    for (const isSet of [true, false]) {
      const keys = differing.filter(({ expected }) => expected[field] === isSet).map(({ key }) => key);
      if (keys.length > 0) await runApt(aptRoot, ['apt-mark', '-q', isSet ? mark : unmark, ...keys]);
    }
  }
}
