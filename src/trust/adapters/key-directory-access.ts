/**
 * Checks who may write to the directory of trusted keys, because that decides whom a machine trusts: only root and the
 * current user may.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { openPlainFile } from '../../core/adapters/plain-file.ts';
import { accessText, othersMayWrite } from '../../core/adapters/write-access.ts';
import { PommgrError } from '../../core/domain/errors.ts';

const maxKeyBytes = 16 * 1024;

/** @throws PommgrError `trust.key-directory` for a directory that others may write; the system's error (ENOENT, …). */
export async function checkKeyDirectory(directory: string): Promise<void> {
  checkAccess(directory, await stat(directory));
}

/**
 * Returns the text of a key file. With `isTrusted`, the file must not be writable for anybody else.
 * @throws PommgrError `config.signing-key` for what is no regular file, without waiting for it to be one.
 */
export async function readKeyText(path: string, { isTrusted }: { isTrusted: boolean }): Promise<string> {
  const { file, sizeBytes } = await openPlainFile(path).catch((error: unknown) => {
    if (error instanceof PommgrError) throw notAFile(path);
    throw error;
  });
  try {
    const status = await file.stat();
    if (sizeBytes > maxKeyBytes) throw notAFile(path);
    if (isTrusted) checkAccess(path, status);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function checkAccess(path: string, status: Stats): void {
  if (!othersMayWrite(status)) return;
  const { uid, gid, mode } = status;
  throw new PommgrError(
    'trust.key-directory',
    `Others may write ${path}, which says whom this machine trusts: expected that only root may, found ${accessText(status)}.`,
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
