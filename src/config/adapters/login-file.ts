/** Reads the files with logins for mirrors. Invariant: no message quotes their contents. */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { stat } from 'node:fs/promises';
import { PommgrError } from '../../core/domain/errors.ts';
import { findLogin, parseLogins, type Login, type LoginEntry } from '../domain/login.ts';
import type { AccessFile, Mirror } from '../domain/mirror.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';

/** A mirror and its access: TLS settings, and a login file or a login that is sent whatever the scheme. */
export type MirrorLogin = Pick<Mirror, 'uri' | AccessFile> & {
  login?: Login | undefined;
};

/** Returns the login for a URI; undefined where none may be sent. */
export type FindLogin = (uri: URL) => Login | undefined;

/**
 * Reads the login files of all mirrors. A URI below a mirror's is looked up only in that mirror's file, so that two
 * mirrors on one host can have their own logins.
 * @returns with a warning for each file that others than its owner can read.
 * @throws PommgrError `config.authFile` for one that cannot be read.
 */
export async function readLogins(
  mirrors: readonly MirrorLogin[],
): Promise<{ findLogin: FindLogin; warnings: string[] }> {
  const entriesByFile = new Map<string, LoginEntry[]>();
  const warnings: string[] = [];
  for (const { authFile, login } of mirrors) {
    if (login !== undefined || authFile === undefined || entriesByFile.has(authFile)) continue;
    const { entries, warning } = await readLoginFile(authFile);
    entriesByFile.set(authFile, entries);
    if (warning !== undefined) warnings.push(warning);
  }
  return {
    findLogin(uri) {
      const mirror = mirrors.find((candidate) => uri.href.startsWith(new URL(`${candidate.uri}/`).href));
      if (mirror?.login !== undefined) return mirror.login;
      if (mirror?.authFile === undefined) return undefined;
      return findLogin(entriesByFile.get(mirror.authFile) ?? [], uri);
    },
    warnings,
  };
}

async function readLoginFile(path: string): Promise<{ entries: LoginEntry[]; warning: string | undefined }> {
  try {
    const { mode } = await stat(path);
    const open = (mode & 0o077) !== 0;
    return {
      entries: parseLogins(await readPlainText(path)),
      warning: open ? `Others can read the login in ${path}: run "chmod 600 ${path}".` : undefined,
    };
  } catch (cause) {
    const why = systemErrorCode(cause);
    if (why === undefined) throw cause;
    throw new PommgrError('config.authFile', `The login file ${path} cannot be read (${why}).`, {
      hints: ['Write it as apt_auth.conf(5) says: machine HOST login USER password PASSWORD'],
      details: { file: path },
      cause,
    });
  }
}
