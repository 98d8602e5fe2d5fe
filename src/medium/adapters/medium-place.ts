/**
 * Checks whether a directory is a medium at all: a mount point with nothing mounted is a directory on the machine's own
 * disk. Invariant: nothing here writes.
 */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import { hasNoPath } from '../../core/adapters/system-error.ts';

/** Directories that are never on a medium's file system, and the config's file. */
export interface OwnDirectories {
  file: string;
  baseDir: string;
  stateDir: string;
}

/**
 * Requires that `media` is on a file system of its own; a missing directory is left to whoever opens it. A relative
 * path to a directory beside the config cannot be a forgotten mount, and is accepted.
 * @throws PommgrError `refused.local-medium` when it shares the file system of `/` or of one of `own`.
 */
export async function requireOwnFileSystem(media: string, own: OwnDirectories): Promise<void> {
  if (isBesideConfig(media, own.file)) return;
  const device = await deviceOf(media);
  if (device === undefined) return;
  const places = [
    { path: '/', name: '/' },
    { path: own.baseDir, name: `the mirrors (baseDir, ${own.baseDir})` },
    { path: own.stateDir, name: `the baselines (stateDir, ${own.stateDir})` },
  ];
  for (const { path, name } of places) {
    if ((await deviceOf(path)) === device) throw localMedium(media, { path, name });
  }
}

function isBesideConfig(media: string, config: string): boolean {
  if (isAbsolute(media)) return false;
  const path = relative(dirname(resolve(config)), resolve(media));
  return path !== '' && !isAbsolute(path) && path !== '..' && !path.startsWith('../');
}

/** Returns the device number of the file system that holds a path; undefined where the path does not exist. */
async function deviceOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).dev;
  } catch (error) {
    if (hasNoPath(error)) return undefined;
    throw error;
  }
}

function localMedium(media: string, { path, name }: { path: string; name: string }): PommgrError {
  return new PommgrError(
    'refused.local-medium',
    `${media} is not a medium: it is on the same file system as ${name}. Nothing was written.`,
    {
      hints: [
        `Mount the medium first, for instance: mount /dev/sdX1 ${media}. "findmnt --target ${media}" shows what is mounted there.`,
        'If you mean this directory, for instance to copy it to a medium later, add --allow-local.',
      ],
      details: { media, sameFileSystemAs: path },
    },
  );
}
