/** The changelog of a source package, out of the smallest of its binary packages that has one. */
import { gunzipSync } from 'node:zlib';
import { PommgrError } from '../../core/domain/errors.ts';
import { readFiles } from '../../forecast/adapters/package-archive.ts';
import type { ChangedPackage } from '../domain/report.ts';

/** As it is packed, and unpacked. */
const maxPackedBytes = 16 * 1024 * 1024;
const maxTextBytes = 64 * 1024 * 1024;
/** Debian Policy 12.7: that of Debian's packaging first, then that of a package that has only one. */
const fileNames = ['changelog.Debian.gz', 'changelog.gz', 'changelog.Debian', 'changelog'];

export type FoundChangelog = { text: string } | { missing: string };

/** `pathOf` names the package file of an entry. */
export async function readSourceChangelog(
  packages: readonly ChangedPackage[],
  pathOf: (item: NonNullable<ChangedPackage['entry']>) => string,
): Promise<FoundChangelog> {
  const entries = packages.flatMap(({ entry }) => entry ?? []).toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  let missing = 'no package of it has a changelog of its own';
  for (const entry of entries) {
    const found = await readOne(pathOf(entry), entry.name);
    if (found === undefined) continue;
    if ('text' in found) return found;
    ({ missing } = found);
  }
  return { missing };
}

async function readOne(path: string, name: string): Promise<FoundChangelog | undefined> {
  const paths = fileNames.map((file) => `/usr/share/doc/${name}/${file}`);
  let contents: ReadonlyMap<string, Buffer | null>;
  try {
    const wanted = { digests: new Set<string>(), contents: new Set(paths), maxContentBytes: maxPackedBytes };
    ({ contents } = await readFiles(path, wanted));
  } catch (error) {
    if (!(error instanceof PommgrError) || !['tool.dpkg', 'integrity.package'].includes(error.code))
      throw error;
    return { missing: error.message };
  }
  for (const file of paths) {
    const packed = contents.get(file);
    if (packed === undefined) continue;
    const text = packed === null ? undefined : unpack(file, packed);
    return text === undefined ? { missing: `${file} of ${name} is damaged or far too long` } : { text };
  }
  return undefined;
}

function unpack(file: string, packed: Buffer): string | undefined {
  if (!file.endsWith('.gz')) return packed.toString('utf8');
  try {
    return gunzipSync(packed, { maxOutputLength: maxTextBytes }).toString('utf8');
  } catch {
    // The caller says that it could not be read.
    return undefined;
  }
}
