/**
 * Reads the changelog that a package carries, packed in whatever form. Invariant: only the beginning of it is unpacked,
 * as far as a limit, so that neither memory nor time grows with its size.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { PommgrError } from '../../core/domain/errors.ts';
import { readDataEntries } from '../../forecast/adapters/package-archive.ts';
import type { TarEntry } from '../../forecast/adapters/tar-entries.ts';
import { plainChunks } from '../../upstream/adapters/decompress.ts';

/** As it is packed, and as much of it as is unpacked: years of a busy package. */
const maxPackedBytes = 16 * 1024 * 1024;
const maxTextBytes = 2 * 1024 * 1024;
/** Debian Policy 12.7: that of Debian's packaging first, then that of a package that has only one. */
const stems = ['changelog.Debian', 'changelog'];
const endings = ['.gz', '.xz', '.zst', ''] as const;
type Ending = (typeof endings)[number];

export type FoundChangelog =
  | { text: string; isCut: boolean }
  | { missing: 'damaged' | 'too-large' | 'unreadable'; detail: string };

/** Returns undefined for a package without one. */
export async function readPackageChangelog(
  deb: string,
  { name, architecture }: { name: string; architecture: string },
): Promise<FoundChangelog | undefined> {
  const directory = `/usr/share/doc/${name}/`;
  const found = new Map<string, Buffer | null>();
  try {
    for await (const entry of readDataEntries(deb)) {
      const file = entry.path.startsWith(directory) ? entry.path.slice(directory.length) : undefined;
      // A package's files are sorted: the directory is over.
      if (file === undefined && found.size > 0) break;
      if (file !== undefined && entry.kind === 'file' && /^changelog[^/]*$/.test(file))
        found.set(file, await contentOf(entry));
    }
  } catch (error) {
    if (!(error instanceof PommgrError) || !['tool.dpkg', 'integrity.package'].includes(error.code))
      throw error;
    return { missing: 'unreadable', detail: error.message };
  }
  for (const stem of stems) {
    const main = await unpackFirst(stem, { found, name });
    if (main === undefined || 'missing' in main) {
      if (main !== undefined) return main;
      continue;
    }
    // A rebuild without changes of the source (binNMU) has an entry of its own, beside.
    const rebuild = await unpackFirst(`${stem}.${architecture}`, { found, name });
    return rebuild === undefined || 'missing' in rebuild
      ? main
      : { text: `${rebuild.text}\n${main.text}`, isCut: main.isCut };
  }
  return undefined;
}

async function contentOf({ sizeBytes, body }: TarEntry): Promise<Buffer | null> {
  if (sizeBytes > maxPackedBytes) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function unpackFirst(
  stem: string,
  { found, name }: { found: ReadonlyMap<string, Buffer | null>; name: string },
): Promise<FoundChangelog | undefined> {
  for (const ending of endings) {
    const file = `${stem}${ending}`;
    const packed = found.get(file);
    if (packed === undefined) continue;
    if (packed === null) {
      return { missing: 'too-large', detail: `${file} of ${name} has more than ${maxPackedBytes} bytes` };
    }
    try {
      return await unpack(packed, ending);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { missing: 'damaged', detail: `${file} of ${name}` };
    }
  }
  return undefined;
}

/** zlib's errors have codes of their own; apt-helper fails. */
function isDamage(error: unknown): boolean {
  if (error instanceof PommgrError) return error.code === 'integrity.compression';
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

async function unpack(packed: Buffer, ending: Ending): Promise<{ text: string; isCut: boolean }> {
  if (ending === '') return firstText([packed]);
  if (ending === '.gz') {
    const gunzip = createGunzip();
    gunzip.end(packed);
    return firstText(gunzip);
  }
  const directory = await mkdtemp(join(tmpdir(), 'pommgr-changelog-'));
  try {
    const path = join(directory, 'packed');
    await writeFile(path, packed);
    return await firstText(plainChunks(path, ending === '.xz' ? 'xz' : 'zst', 'a changelog'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The beginning, up to the limit and a whole line. */
async function firstText(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ text: string; isCut: boolean }> {
  const kept: Uint8Array[] = [];
  let left = maxTextBytes;
  for await (const chunk of chunks) {
    kept.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (left < 0) break;
  }
  const text = Buffer.concat(kept).toString('utf8');
  return left < 0
    ? { text: text.slice(0, text.lastIndexOf('\n') + 1) || text, isCut: true }
    : { text, isCut: false };
}
