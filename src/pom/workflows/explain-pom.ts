/** Explains an error of Proxmox Offline Mirror that names no file: the file, its line, and the remedy. */
import { join } from 'node:path';
import type { Place } from '../../core/domain/place.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { planIndices } from '../../upstream/domain/index-plan.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import { findDamagedFile } from '../adapters/damaged-file.ts';
import { findUnreadableStanza } from '../adapters/pom-indices.ts';
import { expectedDigest, refusedStanza } from '../domain/pom-output.ts';

/**
 * Returns the error for a pool file whose content does not match its name; the error itself where that was not the
 * cause. `pools` are searched in this order; `remedy` follows the commands that remove the file.
 */
export async function explainMismatch(
  error: unknown,
  { pools, remedy }: { pools: readonly Place[]; remedy: string },
): Promise<unknown> {
  if (!(error instanceof PommgrError) || error.family !== 'tool') return error;
  const digest = expectedDigest(error.message);
  const path = digest === undefined ? undefined : await findDamagedFile(digest, pools);
  if (path === undefined) return error;
  return new PommgrError('integrity.digest', `${path} is damaged: its content is not what its name says.`, {
    hints: [`Remove all names of the file: find ${directoryAbove(path)} -samefile ${path} -delete`, remedy],
    details: { file: path, expected: digest },
    cause: error,
  });
}

/** What holds both the pool and its mirrors. */
function directoryAbove(path: string): string {
  return join(path, '../../..');
}

/**
 * Returns the error for the first stanza of a mirror's indices that POM cannot read; undefined where it reads them all.
 * `indexPath` returns where the plain form of an index is.
 */
export async function explainUnread(
  { mirror, release }: Pick<VerifiedRelease, 'mirror' | 'release'>,
  indexPaths: (path: string) => string[],
): Promise<PommgrError | undefined> {
  for (const { kind, plain } of planIndices(mirror, release).planned) {
    if (kind !== 'packages') continue;
    const { path } = plain;
    for (const file of indexPaths(path)) {
      const found = await findUnreadableStanza(file);
      if (found === undefined) continue;
      const { line, name, why } = found;
      return new PommgrError(
        'integrity.pom-index',
        `Mirror ${mirror.id}: ${path}, line ${line}: the stanza of ${name || 'a package without a name'} ${why}. Proxmox Offline Mirror reads this index no further.`,
        {
          hints: [
            'Set engine: builtin in the config: it reads such an index as apt does, and skip can leave the package out there.',
            'Or ask the owner of the repository to mend the stanza. Running the same command again does not help until then.',
          ],
          details: { mirror: mirror.id, file: path, line, package: name },
        },
      );
    }
  }
  return undefined;
}

/** As `explainUnread`, for an index that POM refused; the error itself where it said something else. */
export async function explainRefused(
  error: unknown,
  verified: Pick<VerifiedRelease, 'mirror' | 'release'>,
  baseDir: string,
): Promise<unknown> {
  if (!(error instanceof PommgrError) || error.family !== 'tool' || !refusedStanza(error.message))
    return error;
  const inPool = (path: string): string[] => {
    const { sha256, sha512 } = verified.release.files.get(path) ?? {};
    return [
      ...(sha256 === undefined ? [] : [join(baseDir, '.pool/sha256', sha256)]),
      ...(sha512 === undefined ? [] : [join(baseDir, '.pool/sha512', sha512)]),
    ];
  };
  const explained = await explainUnread(verified, inPool);
  if (explained === undefined) return error;
  const { code, message, hints, details } = explained;
  return new PommgrError(code, message, { hints, details, cause: error });
}
