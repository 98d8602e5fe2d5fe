/** Which file system holds a path, by mountinfo (proc(5)). */
import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export interface Mount {
  mountPoint: string;
  /** As mount(8) names it: `ext4`, `vfat`, `nfs4`. */
  type: string;
  /** A device, or what a network file system has in its place. */
  source: string;
  isReadOnly: boolean;
}

/** All mounts of this process, in their order; of two at one place the later one is seen. */
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

/** The mount that holds `path`, or the nearest directory above it that is there; undefined where /proc says nothing. */
export async function mountOf(path: string): Promise<Mount | undefined> {
  const real = await existingPath(resolve(path));
  const holding = (await listMounts()).filter(({ mountPoint }) => isBelow(real, mountPoint));
  return holding.reduce<Mount | undefined>(
    (best, mount) => (mount.mountPoint.length >= (best?.mountPoint.length ?? 0) ? mount : best),
    undefined,
  );
}

/** `path` without links, or the nearest directory above it that is there. */
export async function existingPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Whatever stands in the way, a directory above it is on the file system that refused.
    return dirname(path) === path ? path : existingPath(dirname(path));
  }
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Blanks, tabs, newlines and backslashes are written as octal numbers. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
