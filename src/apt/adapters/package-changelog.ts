/** The changelog that a .deb holds. Reads only. */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hasNoPath } from '../../core/adapters/system-error.ts';
import { run } from '../../core/adapters/process.ts';

/** The largest changelog that is kept. */
const maxChangelogBytes = 64 * 1024 * 1024;
/** Debian Policy 12.7: that of Debian's packaging first, then that of a package that has only one. */
const fileNames = ['changelog.Debian.gz', 'changelog.gz', 'changelog.Debian', 'changelog'];

/** Its text; undefined where the package has none of its own, as when its documentation is a link to another's. */
export async function readChangelog(
  deb: string,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<Buffer | undefined> {
  const { withDir } = await import('tmp-promise');
  return withDir(
    async ({ path: directory }) => {
      // tar ends with 2 where nothing matches.
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

/** A link in a package leads anywhere. */
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
