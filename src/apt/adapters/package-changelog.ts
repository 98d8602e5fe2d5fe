/** Reads the changelog in a .deb. Changes nothing. */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hasNoPath } from '../../core/adapters/system-error.ts';
import { run } from '../../core/adapters/process.ts';

/** The largest changelog that is kept. */
const maxChangelogBytes = 64 * 1024 * 1024;
/** Debian Policy 12.7: the changelog of Debian's packaging comes first, then that of a package that has only one. */
const fileNames = ['changelog.Debian.gz', 'changelog.gz', 'changelog.Debian', 'changelog'];

/**
 * Returns the changelog's text; undefined where the package has none of its own, for instance when its documentation is
 * a link to another package's.
 */
export async function readChangelog(
  deb: string,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<Buffer | undefined> {
  const { withDir } = await import('tmp-promise');
  return withDir(
    async ({ path: directory }) => {
      // tar exits with 2 where nothing matches.
      const script = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --wildcards --directory "$2" "$3"';
      const pattern = `./usr/share/doc/${name}/changelog*`;
      await run('sh', ['-c', script, 'sh', deb, directory, pattern], { accept: [0, 2], signal });
      for (const fileName of fileNames) {
        const data = await readRegular(join(directory, 'usr/share/doc', name, fileName));
        if (data === undefined) continue;
        return fileName.endsWith('.gz') ? gunzipSync(data, { maxOutputLength: maxChangelogBytes }) : data;
      }
      return undefined;
    },
    { unsafeCleanup: true },
  );
}

/** A link in a package may lead anywhere. */
async function readRegular(path: string): Promise<Buffer | undefined> {
  try {
    const { size } = await lstat(path);
    const isPlain = (await lstat(path)).isFile() && size <= maxChangelogBytes;
    return isPlain ? await readPlainFile(path) : undefined;
  } catch (error) {
    if (hasNoPath(error)) return undefined;
    throw error;
  }
}
