/** Finds the file system that holds a path, from mountinfo (proc(5)). */
import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export interface Mount {
  mountPoint: string;
  /** Type as mount(8) names it: `ext4`, `vfat`, `nfs4`. */
  type: string;
  /** A device, or the equivalent of a network file system. */
  source: string;
  isReadOnly: boolean;
}

/** Lists all mounts of this process, in their order; of two at one mount point, the later one is visible. */
export async function listMounts(): Promise<Mount[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , mountPoint = '', options = ''] = before.split(' ');
    const [type = '', source = '', superOptions = ''] = after.split(' ');
    const isReadOnly = [options, superOptions].some((text) => text.split(',').includes('ro'));
    return { mountPoint: unescapeOctal(mountPoint), type, source: unescapeOctal(source), isReadOnly };
  });
}

/** Returns the mount that holds `path`, or its nearest existing parent; undefined where /proc gives no answer. */
export async function mountOf(path: string): Promise<Mount | undefined> {
  const real = await existingPath(resolve(path));
  const holding = (await listMounts()).filter(({ mountPoint }) => isBelow(real, mountPoint));
  return holding.reduce<Mount | undefined>(
    (best, mount) => (mount.mountPoint.length >= (best?.mountPoint.length ?? 0) ? mount : best),
    undefined,
  );
}

/** Returns `path` with its links resolved, or its nearest existing parent. */
export async function existingPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Whatever the error, an existing parent is on the file system that refused.
    return dirname(path) === path ? path : existingPath(dirname(path));
  }
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** mountinfo writes blanks, tabs, newlines and backslashes as octal numbers. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
