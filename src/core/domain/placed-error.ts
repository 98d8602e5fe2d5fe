/**
 * Describes errors of a file system that is full, read-only or not writable for this user: the path, the file system,
 * and the remedies.
 */
import { formatBytes } from './byte-size.ts';
import { needOf, placeOf, type ErrorPlace, type PlaceFileSystem, type SpaceNeed } from './error-place.ts';
import { PommgrError } from './errors.ts';

/** Returns undefined for any other error. */
export function placedError(error: Error): PommgrError | undefined {
  const code = 'code' in error ? String(error.code) : '';
  const place = placeOf(error) ?? { path: pathOf(error) };
  const need = needOf(error);
  const details = {
    ...{ path: place.path, errno: code, ...place.fileSystem },
    ...(need === undefined ? {} : { expected: need.sizeBytes }),
  };
  const make = (
    family: 'space' | 'read-only' | 'permission',
    message: string,
    hints: string[],
  ): PommgrError => new PommgrError(`state.${family}`, message, { hints, details, cause: error });
  switch (code) {
    case 'ENOSPC':
      return make(
        'space',
        `${place.path} cannot be written: ${fullText(place)}${needText(need)}`,
        spaceHints(place, need),
      );
    case 'EDQUOT':
      return make('space', `${place.path} cannot be written: the disk quota is used up.${on(place)}`, [
        'Free some space, or ask for a larger quota, then run the same command again.',
      ]);
    case 'EROFS':
      return make(
        'read-only',
        `${place.path} cannot be written: the file system is mounted read-only.${on(place)}`,
        readOnlyHints(place),
      );
    case 'EACCES':
    case 'EPERM':
      return make('permission', `Permission denied: ${place.path}.${on(place)}`, permissionHints(place));
    default:
      return undefined;
  }
}

/** Node.js names the path only for some calls. */
function pathOf(error: Error): string {
  return 'path' in error && typeof error.path === 'string' ? error.path : `a file (${error.message})`;
}

function fullText(place: ErrorPlace): string {
  const { fileSystem } = place;
  if (fileSystem?.freeFiles === 0) return `the file system has no free inodes.${on(place)}`;
  return `there is no space left on the file system.${on(place)}`;
}

/** Returns a sentence about the file system, with a blank before it. */
function on({ fileSystem }: ErrorPlace): string {
  if (fileSystem === undefined) return '';
  const { freeBytes, sizeBytes } = fileSystem;
  return ` It is ${nameOf(fileSystem)}, ${formatBytes(freeBytes)} of ${formatBytes(sizeBytes)} free.`;
}

function nameOf({ mountPoint, type, source }: PlaceFileSystem): string {
  return `${mountPoint} (${type} on ${source})`;
}

function needText(need: SpaceNeed | undefined): string {
  if (need === undefined) return '';
  const { what, sizeBytes, files } = need;
  return ` All that is written there, with ${what}, needs ${formatBytes(sizeBytes)} and ${files} inodes.`;
}

function spaceHints({ fileSystem }: ErrorPlace, need: SpaceNeed | undefined): string[] {
  const where = fileSystem?.mountPoint ?? 'that file system';
  const free = `Free some space on ${where}, or use a larger file system, then run the same command again.`;
  if (need !== undefined) return [free, ...(need.waysOut ?? [])];
  return [
    free,
    'pommgr\'s own files: "pommgr store gc --keep 1" frees space on a host, "pommgr baseline remove NAME" with "pommgr pool gc" on the online side.',
  ];
}

function readOnlyHints({ fileSystem }: ErrorPlace): string[] {
  const where = fileSystem?.mountPoint ?? 'MOUNTPOINT';
  return [
    `Mount it writable: mount -o remount,rw ${where}. Or name a directory on another file system.`,
    'Linux makes a file system read-only after an error of its device: "dmesg" tells. Some media have a switch against writing.',
  ];
}

function permissionHints({ isRoot, path, fileSystem }: ErrorPlace): string[] {
  if (isRoot !== true) return ['Run the command as root, or as the user who owns this directory.'];
  const type = fileSystem?.type ?? '';
  return [
    ...(type.startsWith('fuse') || type === 'vfat' || type === 'exfat' ? [damageHint] : []),
    `Root may not do this either: look for the immutable flag ("lsattr -d ${path}"), for a share that maps root to nobody (root_squash), or for a container's limits.`,
  ];
}

/** FUSE drivers answer EPERM for whatever they cannot read (tried with fusefat 0.1a). */
const damageHint =
  'The file system may be damaged, as after a stick was pulled out: unmount it, run "fsck" until nothing is found, and mount it again.';
