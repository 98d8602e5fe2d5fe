/**
 * Splits a path in two parts: a directory that the user named, and names below it that others may have created.
 * Invariant: no name of a place is empty, `.` or `..`, or contains a slash or a NUL.
 */
import { PommgrError } from './errors.ts';
import { printableName } from './printable.ts';

export interface Place {
  /** A directory as the user named it; links on the way to it are the user's own. */
  readonly top: string;
  /** Names below `top`; none of them may be a link. */
  readonly names: readonly string[];
}

/** Returns the place of a directory that the user named. */
export function topPlace(top: string): Place {
  return { top, names: [] };
}

/**
 * Returns the place below. `path` may be several names, `/`-separated. @throws PommgrError `integrity.path` for a path
 * that leads elsewhere.
 */
export function below(place: Place, ...path: readonly string[]): Place {
  const names = path.flatMap((part) => part.split('/'));
  const wrong = names.find((name) => name === '' || name === '.' || name === '..' || name.includes('\0'));
  if (wrong === undefined) return { top: place.top, names: [...place.names, ...names] };
  throw new PommgrError(
    'integrity.path',
    `${JSON.stringify(path.join('/'))} is not a path below ${pathOf(place)}.`,
    {
      hints: ['Do not use this medium. Write it again on the online side.'],
      details: { directory: pathOf(place), path: path.join('/') },
    },
  );
}

/** Returns the path for messages and reports, with control characters escaped. Never open a file by it. */
export function pathOf({ top, names }: Place): string {
  return names.length === 0 ? top : `${top.replace(/\/+$/, '')}/${printableName(names.join('/'))}`;
}

/** Returns the last name, or the last part of the directory that the user named. */
export function nameOf(place: Place): string {
  return place.names.at(-1) ?? place.top.replace(/\/+$/, '').replace(/^.*\//, '');
}

/** Returns the directory that holds the place. */
export function parentOf({ top, names }: Place): Place {
  return { top, names: names.slice(0, -1) };
}

/** Returns the place of another name in the same directory. */
export function beside(place: Place, name: string): Place {
  return below(parentOf(place), name);
}
