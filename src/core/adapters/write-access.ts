/**
 * Decides who may change a file or a directory, by its owner and mode; access control lists show in the mode's group
 * bits.
 */
import type { Stats } from 'node:fs';

/** Returns whether anybody but root and the current user may write; root's group counts as root. */
export function othersMayWrite({ uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>): boolean {
  const isOwned = uid === 0 || uid === process.geteuid?.();
  return !isOwned || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
}

/** For messages: `user 33, group 33, mode 0775`. */
export function accessText({ uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>): string {
  return `user ${uid}, group ${gid}, mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
}
