/**
 * Applies the filters of a mirror. `skip` has its meaning in POM: a section with or without its component's name before
 * it, packages by glob; `include` and `versions` are pommgr's own.
 */
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { noFilters, type Filters } from './mirror.ts';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';

/** The fields that filters use; `section` is empty where upstream names none. */
export interface FilteredPackage {
  name: string;
  component: string;
  section: string;
}

/**
 * Compiles `skip` and `include` once; the function returns whether a package is accepted.
 * @throws PommgrError `config.glob` for a glob with an open `[` or `{`, or a range that runs backwards.
 */
export function createFilter(filters: Filters): (candidate: FilteredPackage) => boolean {
  const sections = new Set(filters.skip.sections);
  const skipped = filters.skip.packages.map(compileGlob);
  const included = filters.include.packages.map(compileGlob);
  return ({ name, component, section }) => {
    if (sections.has(section)) return false;
    const prefix = `${component}/`;
    if (section.startsWith(prefix) && sections.has(section.slice(prefix.length))) return false;
    if (skipped.some((glob) => glob.test(name))) return false;
    return included.length === 0 || included.some((glob) => glob.test(name));
  };
}

/** Returns whether a text is a package's name or a glob for some. */
export function isPackageGlob(glob: string): boolean {
  if (!/^[A-Za-z0-9.+*?{},!^[\]\\-]+$/.test(glob)) return false;
  try {
    createFilter({ ...noFilters, include: { packages: [glob] } });
    return true;
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'config.glob') return false;
    throw error;
  }
}

/**
 * Applies `versions: latest`: for each name and architecture it returns the entries of the highest version, in the
 * given order. All entries must be of one mirror. Entries whose versions dpkg considers equal stay, and so do all files
 * of a source.
 */
export function keepLatest<Entry extends PackageEntry>(entries: readonly Entry[]): Entry[] {
  const highest = new Map<string, string>();
  for (const entry of entries) {
    const known = highest.get(nameAndArchitecture(entry));
    if (known === undefined || compareVersions(entry.version, known) > 0) {
      highest.set(nameAndArchitecture(entry), entry.version);
    }
  }
  return entries.filter(
    (entry) => compareVersions(entry.version, highest.get(nameAndArchitecture(entry)) ?? '') === 0,
  );
}

function nameAndArchitecture(entry: PackageEntry): string {
  return `${entry.name}:${entry.architecture}`;
}

/** Globs as POM's library has them: `*`, `?`, `[ab]`, `[!ab]`, `{a,b}`, and `\` before a character that is meant. */
function compileGlob(glob: string): RegExp {
  let pattern = '';
  let depth = 0;
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] as string;
    if (character === '[') {
      const end = classEnd(glob, index);
      pattern += classPattern(glob.slice(index + 1, end));
      index = end;
    } else if (character === '\\' && index + 1 < glob.length) {
      index++;
      pattern += literal(glob[index] as string);
    } else if (character === '{') {
      depth++;
      pattern += '(?:';
    } else if (character === '}' && depth > 0) {
      depth--;
      pattern += ')';
    } else if (character === ',' && depth > 0) pattern += '|';
    else if (character === '*') pattern += '.*';
    else if (character === '?') pattern += '.';
    else pattern += literal(character);
  }
  if (depth > 0) throw openGlob(glob, '{');
  try {
    return new RegExp(`^(?:${pattern})$`, 's');
  } catch (error) {
    // Everything else is quoted: only a range like [z-a] can be wrong here.
    if (error instanceof SyntaxError) throw badGlob(glob, 'has a range that runs backwards');
    throw error;
  }
}

/** Index of the `]` that ends the class; one that is its first character is meant. */
function classEnd(glob: string, start: number): number {
  const first = /^\[[!^]?\]?/.exec(glob.slice(start)) as RegExpExecArray;
  const end = glob.indexOf(']', start + first[0].length);
  if (end === -1) throw openGlob(glob, '[');
  return end;
}

function classPattern(members: string): string {
  const negated = members.startsWith('!') || members.startsWith('^');
  const listed = (negated ? members.slice(1) : members).replace(/[\\\]^[]/g, '\\$&');
  return `[${negated ? '^' : ''}${listed}]`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

function openGlob(glob: string, bracket: string): PommgrError {
  return badGlob(glob, `has a "${bracket}" that is never closed`);
}

function badGlob(glob: string, why: string): PommgrError {
  return new PommgrError('config.glob', `The package glob ${JSON.stringify(glob)} ${why}.`, {
    hints: ['Correct it; write "\\" before a character that stands for itself.'],
    details: { glob },
  });
}
