/** Drops root privileges: from then on this process is another user and cannot become root again. */
import { PommgrError } from '../domain/errors.ts';
import { run } from './process.ts';

export interface UnprivilegedUser {
  name: string;
  uid: number;
  gid: number;
  /** The groups of the user, including the primary one. */
  groups: number[];
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** @throws PommgrError `usage.user` for a name that there is not, `refused.root` for one that is root. */
export async function findUnprivilegedUser(name: string): Promise<UnprivilegedUser> {
  const { stdout } = await run('getent', ['passwd', '--', name], { accept: [0, 2] });
  const [found, , uid, gid] = stdout.trimEnd().split(':');
  if (found === undefined || uid === undefined || gid === undefined) {
    throw new PommgrError('usage.user', `There is no user ${name}.`, {
      hints: ['Name one that may do nothing, such as nobody, with --user.'],
      details: { user: name },
    });
  }
  if (uid !== '0') {
    const groups = (await run('id', ['-G', '--', name])).stdout.trim().split(' ').map(Number);
    return { name: found, uid: Number(uid), gid: Number(gid), groups };
  }
  throw new PommgrError('refused.root', `A store is not served as root, and ${name} is root.`, {
    hints: ['Name one that may do nothing, such as nobody, with --user.'],
    details: { user: name },
  });
}

/** @throws PommgrError `bug.privileges` when this process could still become root. */
export function becomeUser({ name, uid, gid, groups }: UnprivilegedUser): void {
  process.setgroups?.(groups);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (!isRoot() && !canBecomeRoot()) return;
  throw new PommgrError('bug.privileges', `The server could not become the user ${name} for good.`);
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    // EPERM is the expected result.
    return false;
  }
}
