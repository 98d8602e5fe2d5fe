/** Who may write where the trusted keys are says whom a machine trusts: nobody but root, and who runs this. */
import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { PommgrError } from '../../core/domain/errors.ts';

const maxKeyBytes = 16 * 1024;

/** @throws PommgrError `trust.key-directory` for a directory that others may write; the system's error (ENOENT, …). */
export async function checkKeyDirectory(directory: string): Promise<void> {
  checkAccess(directory, await stat(directory));
}

/**
 * The text of a key file. With `isTrusted` only of one that nobody else may write.
 * @throws PommgrError `config.signing-key` for what is no regular file, without waiting for it to be one.
 */
export async function readKeyText(path: string, { isTrusted }: { isTrusted: boolean }): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size > maxKeyBytes) throw notAFile(path);
    if (isTrusted) checkAccess(path, status);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function checkAccess(path: string, { uid, gid, mode }: Stats): void {
  const isOwned = uid === 0 || uid === process.geteuid?.();
  const isOthers = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
  if (isOwned && !isOthers) return;
  const found = `user ${uid}, group ${gid}, mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
  throw new PommgrError(
    'trust.key-directory',
    `Others may write ${path}, which says whom this machine trusts: expected that only root may, found ${found}.`,
    {
      hints: [`Look at what is in it, then: chown root:root ${path}; chmod go-w ${path}`],
      details: { file: path, found: { uid, gid, mode } },
    },
  );
}

function notAFile(path: string): PommgrError {
  return new PommgrError(
    'config.signing-key',
    `${path} is not a regular file: expected a public key in PEM.`,
    {
      hints: ['Remove it, or put the right file in its place.'],
      details: { file: path },
    },
  );
}
