/** Checks whether POM can fill a medium: it must be mounted and writable, with hard links and colons in names. */
import { access, constants, link, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDir } from 'tmp-promise';
import { listMounts } from '../../core/adapters/mounts.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';

/** Returns whether a file system is mounted at this very directory (mountinfo in proc(5)). */
export async function isMountPoint(path: string): Promise<boolean> {
  const real = await realpath(path);
  return (await listMounts()).some(({ mountPoint }) => mountPoint === real);
}

/** @throws PommgrError `state.read-only`. Writes nothing. */
export async function requireWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/**
 * Tests it: writes a file with a colon in its name, links it, and removes both.
 * @throws PommgrError `state.read-only`, `refused.file-system`
 */
export async function requirePomFileSystem(path: string): Promise<void> {
  try {
    await withDir(
      async ({ path: directory }) => {
        const [file, other] = [join(directory, '00:00'), join(directory, '00:01')];
        await writeFile(file, '');
        await link(file, other);
        if ((await stat(file)).ino !== (await stat(other)).ino) throw unfit(path);
      },
      { tmpdir: path, prefix: '.pommgr-probe-', unsafeCleanup: true },
    );
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (['EROFS', 'EACCES'].includes(code)) throw notWritable(path, error);
    if (['EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(code)) throw unfit(path, error);
    throw error;
  }
}

function notWritable(path: string, cause: unknown): PommgrError {
  return new PommgrError('state.read-only', `${path} cannot be written.`, {
    hints: ['Mount the medium writable, and run the command as a user who may write there, usually root.'],
    details: { path },
    cause,
  });
}

function unfit(path: string, cause?: unknown): PommgrError {
  return new PommgrError(
    'refused.file-system',
    `The file system at ${path} has no hard links, or takes no ":" in file names; POM needs both.`,
    {
      hints: [
        'Use a medium with ext4 or XFS for POM.',
        'For FAT32, exFAT or NTFS pack volumes instead: pommgr pack --media DIR.',
      ],
      details: { path },
      cause,
    },
  );
}
